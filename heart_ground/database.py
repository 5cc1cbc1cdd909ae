"""The ways into a database, the same for SQLite and PostgreSQL.

`reading` is autocommit and takes no write lock, `snapshot` sees one state of the database,
`writing` is a transaction that is on disk when its block ends.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Engine, func, select

from heart_ground import places

READING = "reading"
"""Execution option of a connection that only reads: it begins no transaction."""


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """An autocommit connection for reads; it sees what is committed at each statement."""
    options: dict[str, Any] = (
        {READING: True} if engine.dialect.name == "sqlite" else {"isolation_level": "AUTOCOMMIT"}
    )
    with engine.connect() as connection:
        yield connection.execution_options(**options)


@contextmanager
def snapshot(engine: Engine) -> Iterator[Connection]:
    """A connection whose reads all see one state of the database."""
    if engine.dialect.name == "sqlite":
        with reading(engine) as connection:
            connection.exec_driver_sql("BEGIN")
            try:
                yield connection
            finally:
                connection.exec_driver_sql("ROLLBACK")
    else:
        with engine.connect() as connection:
            yield connection.execution_options(isolation_level="REPEATABLE READ")


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """A transaction of its own; what it wrote is on disk when the block ends."""
    with engine.begin() as connection:
        yield connection


def begun(engine: Engine) -> Connection:
    """A connection in a transaction that its caller ends, and closes."""
    connection = engine.connect()
    try:
        connection.begin()
    except BaseException:
        connection.close()
        raise
    return connection


def kept_writer(engine: Engine) -> Connection:
    """A connection that its caller keeps and uses for one transaction after the other."""
    connection = engine.connect()
    connection.detach()
    return connection


def own_driver(engine: Engine) -> Any:
    """The SQLite connection of this thread's place, in autocommit, for reads too hot for a pool
    and a transaction; None where the database is another."""
    if engine.dialect.name != "sqlite":
        return None
    return _kept(engine).dbapi_connection


def kept_reader(engine: Engine) -> Connection | None:
    """The same connection, as SQLAlchemy's; it is given up, not closed. None likewise."""
    if engine.dialect.name != "sqlite":
        return None
    return Connection(engine, connection=_kept(engine)).execution_options(**{READING: True})


def _kept(engine: Engine) -> Any:
    kept = places.here().kept
    taken = kept.get(engine)
    if taken is None:
        taken = kept[engine] = engine.raw_connection()
        taken.detach()
    return taken


def database_time(connection: Connection) -> int:
    """The database's clock in microseconds since 1970, for jobs that run without an app."""
    moment = connection.execute(select(func.current_timestamp())).scalar_one()
    if isinstance(moment, str):
        moment = datetime.fromisoformat(moment)
    moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
    return int((moment - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds() * 1_000_000)
