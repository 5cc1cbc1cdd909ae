"""What runs on a connection that may write: on SQLite, while nobody else can."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from sqlalchemy import Connection, Engine, event

from heart_ground.database import READING
from heart_ground.durable.write_turn import WriteTurn, turn_of

READERS = ("AUTOCOMMIT", "REPEATABLE READ")


@contextmanager
def in_turn(engine: Engine) -> Iterator[list[str]]:
    """Every statement of a connection that is not one of the readers, the driver's own included."""
    found: list[str] = []

    def asked(statement: str) -> None:
        if statement.split()[0] in ("SELECT", "INSERT", "UPDATE", "DELETE"):
            found.append(" ".join(statement.split()))

    def ran(connection: Connection, _cursor: Any, statement: str, *_: Any) -> None:
        options = connection.get_execution_options()
        reads = options.get(READING) or options.get("isolation_level") in READERS
        if not reads:
            asked(statement)

    event.listen(engine, "before_cursor_execute", ran)
    turn = turn_of(engine)
    with pytest.MonkeyPatch.context() as patched:
        if turn is not None:
            patched.setattr(WriteTurn, "on_driver", _told(turn.on_driver, asked))
        else:
            # SQLAlchemy asks by cursors; this is who speaks to the driver itself.
            execute = psycopg.Connection.execute
            patched.setattr(psycopg.Connection, "execute", _heard(execute, asked))
        try:
            yield found
        finally:
            event.remove(engine, "before_cursor_execute", ran)


def _heard(execute: Any, asked: Callable[[str], None]) -> Any:
    def heard(driver: Any, statement: str, *args: Any, **more: Any) -> Any:
        asked(statement)
        return execute(driver, statement, *args, **more)

    return heard


def _told(on_driver: Any, asked: Callable[[str], None]) -> Any:
    @contextmanager
    def told(_turn: WriteTurn, driver: Any) -> Iterator[Any]:
        with on_driver(driver) as same:
            same.set_trace_callback(asked)
            try:
                yield same
            finally:
                same.set_trace_callback(None)

    return told
