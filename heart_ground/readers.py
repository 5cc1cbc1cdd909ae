"""Connections that only read: they hold no turn, and nothing is written on them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Engine, event

from heart_ground.database import READING
from heart_ground.durable import holding

_OF_READERS = ("AUTOCOMMIT", "REPEATABLE READ")
"""Isolation levels of connections to PostgreSQL that write nothing (see `reading`, `snapshot`)."""
_WRITES = ("INSERT", "UPDATE", "DELETE")


class WritesWhileReading(RuntimeError):
    """Something was about to be written on a connection that only reads."""


def watch(engine: Engine) -> None:
    """Tell readers from writers on each connection of `engine`, and let readers write nothing."""
    holding.watch(engine, only_reads=_only_reads)
    event.listen(engine, "before_cursor_execute", _refuse_to_write)


def _only_reads(connection: Connection) -> bool:
    options = connection.get_execution_options()
    return bool(options.get(READING)) or options.get("isolation_level") in _OF_READERS


def must_write(connection: Connection) -> None:
    """A statement that writes is about to go to the driver itself: in a transaction, in turn."""
    if _only_reads(connection):
        raise WritesWhileReading("a statement that writes")
    if not connection.in_transaction():
        connection.begin()


def _refuse_to_write(connection: Connection, _cursor: Any, statement: str, *_more: object) -> None:
    """It would be on disk at once, outside any transaction and out of turn."""
    if statement.startswith(_WRITES) and _only_reads(connection):
        raise WritesWhileReading(statement.split(" VALUES")[0].split(" SET")[0])
