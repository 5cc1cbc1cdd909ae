"""One writer at a time, in turn: SQLite left to itself lets writers sleep up to 100 ms and race.

Inside a process a lock hands the turn on at once; between processes the turn is asked for every
half millisecond. Whoever waits longer than `PATIENCE` gets SQLite's own "database is locked".
"""

from __future__ import annotations

import sqlite3
import threading
import time
from typing import Any

from sqlalchemy import Connection, Engine, event

PATIENCE = 5.0
PAUSE = 0.0005
_HOLDS = "holds the write turn"


class WriteTurn:
    """The turn of one engine; `begin` takes it with a transaction, `end` gives it back."""

    def __init__(self) -> None:
        self._lock = threading.Lock()

    def attach(self, engine: Engine) -> None:
        """Give the turn back with the connection, however its transaction ended."""
        event.listen(engine, "checkin", self._end)
        event.listen(engine, "invalidate", lambda raw, record, _error: self._end(raw, record))

    def begin(self, connection: Connection) -> None:
        """BEGIN IMMEDIATE, once it is this connection's turn."""
        deadline = time.monotonic() + PATIENCE
        if not connection.info.get(_HOLDS):
            connection.info[_HOLDS] = self._lock.acquire(timeout=PATIENCE)
        raw: Any = connection.connection.driver_connection
        raw.execute("PRAGMA busy_timeout=0")
        try:
            while time.monotonic() < deadline:
                try:
                    raw.execute("BEGIN IMMEDIATE")
                    return
                except sqlite3.OperationalError as error:
                    if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                        break
                    time.sleep(PAUSE)
            # Out of patience, or no turn will help: through SQLAlchemy, for its kind of error.
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        finally:
            raw.execute(f"PRAGMA busy_timeout={int(PATIENCE * 1000)}")

    def _end(self, _raw: Any, record: Any) -> None:
        if record.info.pop(_HOLDS, False):
            self._lock.release()
