"""Reads that all see one state of the database, past the pool: for what is asked all the time."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from heart_ground import places
from heart_ground.database import READING, snapshot


@contextmanager
def one_state(engine: Engine) -> Iterator[Connection]:
    """As `database.snapshot`, on SQLite on a connection that this thread's place keeps for it.

    It is not the one of `database.own_driver`, which sees what is committed at each statement.
    """
    kept = places.here().kept_for_one_state
    if engine.dialect.name != "sqlite" or _is_in_use(kept.get(engine)):
        with snapshot(engine) as connection:
            yield connection
        return
    taken = kept.get(engine)
    if taken is None:
        taken = kept[engine] = engine.raw_connection()
        taken.detach()
    driver: Any = taken.dbapi_connection
    connection = Connection(engine, connection=taken).execution_options(**{READING: True})
    try:
        driver.execute("BEGIN")
        try:
            yield connection
        finally:
            # What was asked through SQLAlchemy has begun a transaction of its own there.
            if connection.in_transaction():
                connection.rollback()
            if _is_in_use(taken):
                driver.execute("ROLLBACK")
    except (SQLAlchemyError, sqlite3.Error):
        # Whatever went wrong, the next one begins with a connection that is sound.
        with suppress(Exception):
            kept.pop(engine).close()
        raise


def _is_in_use(taken: Any) -> bool:
    return taken is not None and bool(taken.dbapi_connection.in_transaction)
