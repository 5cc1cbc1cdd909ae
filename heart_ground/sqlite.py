"""SQLite as every service has it: durable, guarded, and with its writers in turn.

A transaction begins IMMEDIATE, in turn (`durable/write_turn.py`), but for readers.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection, Engine, event

from heart_ground.database import READING
from heart_ground.durable.write_turn import WriteTurn

PRAGMAS = (
    "foreign_keys=ON",
    "busy_timeout=5000",
    "secure_delete=ON",
    "trusted_schema=OFF",
    "temp_store=MEMORY",
)
"""Of every connection to SQLite: what is deleted is overwritten, a file that somebody else wrote
runs no function of its schema, and no savepoint opens a file (nor leaves a patient's words in one).
"""


def take_charge(engine: Engine, *, lasting: bool, cache_kib: int) -> None:
    """Prepare each connection of `engine`, and let its transactions begin here."""
    event.listen(engine, "connect", _prepare(lasting=lasting, cache_kib=cache_kib))
    turn = WriteTurn()
    turn.attach(engine)
    event.listen(engine, "begin", lambda connection: _begin(connection, turn))


def _prepare(*, lasting: bool, cache_kib: int) -> Callable[[Any, Any], None]:
    # A file that goes with the process has nothing to save from a power cut.
    synchronous = "FULL" if lasting else "OFF"

    def prepare(connection: Any, _record: Any) -> None:
        # The driver must not begin transactions on its own: it would begin them deferred, and two
        # deferred transactions that turn into writers end in "database is locked".
        connection.isolation_level = None
        _into_wal(connection)
        own = (f"synchronous={synchronous}", f"cache_size=-{cache_kib}")
        for pragma in (*PRAGMAS, *own):
            connection.execute(f"PRAGMA {pragma}")

    return prepare


def _into_wal(connection: Any) -> None:
    """Several processes may open a new file at once; this switch does not wait by itself."""
    for _ in range(100):
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError:
            time.sleep(0.05)
    connection.execute("PRAGMA journal_mode=WAL")


def _begin(connection: Connection, turn: WriteTurn) -> None:
    if not connection.get_execution_options().get(READING):
        turn.begin(connection)
