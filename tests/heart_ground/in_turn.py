"""What runs on a connection that may write: on SQLite, while nobody else can."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, event

from heart_ground.database import READING

READERS = ("AUTOCOMMIT", "REPEATABLE READ")


@contextmanager
def in_turn(engine: Engine) -> Iterator[list[str]]:
    """Every statement of a connection that is not one of the readers."""
    found: list[str] = []

    def ran(connection: Connection, _cursor: Any, statement: str, *_: Any) -> None:
        options = connection.get_execution_options()
        reads = options.get(READING) or options.get("isolation_level") in READERS
        if not reads and statement.split()[0] in ("SELECT", "INSERT", "UPDATE", "DELETE"):
            found.append(" ".join(statement.split()))

    event.listen(engine, "before_cursor_execute", ran)
    try:
        yield found
    finally:
        event.remove(engine, "before_cursor_execute", ran)
