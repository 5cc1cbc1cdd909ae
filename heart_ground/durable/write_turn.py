"""One writer at a time, in turn: SQLite left to itself lets writers sleep up to 100 ms and race.

Inside a process a lock hands the turn on at once; between processes the turn is asked for every
half millisecond. Whoever waits longer than `PATIENCE` gets SQLite's own "database is locked".
"""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine, event

PATIENCE = 5.0
PAUSE = 0.0005
_HOLDS = "holds the write turn"
_turns: WeakKeyDictionary[Engine, WriteTurn] = WeakKeyDictionary()


class WriteTurn:
    """The turn of one engine; `begin` takes it with a transaction, `end` gives it back."""

    def __init__(self) -> None:
        self._lock = threading.Lock()

    def attach(self, engine: Engine) -> None:
        """Give the turn back with the connection, however its transaction ended."""
        _turns[engine] = self
        event.listen(engine, "checkin", self._end)
        event.listen(engine, "invalidate", lambda raw, record, _error: self._end(raw, record))

    def begin(self, connection: Connection) -> None:
        """BEGIN IMMEDIATE, once it is this connection's turn."""
        deadline = time.monotonic() + PATIENCE
        if not connection.info.get(_HOLDS):
            connection.info[_HOLDS] = self._lock.acquire(timeout=PATIENCE)
        if not _begun(connection.connection.dbapi_connection, deadline):
            # Out of patience, or no turn will help: through SQLAlchemy, for its kind of error.
            connection.exec_driver_sql("BEGIN IMMEDIATE")

    @contextmanager
    def on_driver(self, driver: Any) -> Iterator[Any]:
        """A transaction in turn on a connection of the driver's own, for what is too hot for a
        pool; on disk when the block ends, and undone when an error leaves it.
        """
        deadline = time.monotonic() + PATIENCE
        taken = self._lock.acquire(timeout=PATIENCE)
        try:
            if not _begun(driver, deadline):
                driver.execute("BEGIN IMMEDIATE")
            yield driver
            driver.execute("COMMIT")
        finally:
            if driver.in_transaction:
                driver.execute("ROLLBACK")
            if taken:
                self._lock.release()

    def give_back(self, info: Any) -> None:
        """The turn goes on, if the connection with this `info` has it."""
        if info.pop(_HOLDS, False):
            self._lock.release()

    def _end(self, _raw: Any, record: Any) -> None:
        self.give_back(record.info)


def turn_of(engine: Engine) -> WriteTurn | None:
    """The turn in which SQLite is written; None where the database has writers of its own."""
    return _turns.get(engine)


def _begun(driver: Any, deadline: float) -> bool:
    """Whether a transaction could begin in time; False too where waiting is of no use."""
    driver.execute("PRAGMA busy_timeout=0")
    try:
        while time.monotonic() < deadline:
            try:
                driver.execute("BEGIN IMMEDIATE")
                return True
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                    return False
                time.sleep(PAUSE)
        return False
    finally:
        driver.execute(f"PRAGMA busy_timeout={int(PATIENCE * 1000)}")
