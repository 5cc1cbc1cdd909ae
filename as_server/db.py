"""The database of the authorization server: one request, one transaction.

`session()` is the request's writing session; it begins with BEGIN IMMEDIATE on SQLite and is
committed before the response leaves if the status is below 500. `reader()` is a Core connection
in autocommit for hot reads. Dialect functions live here and nowhere else.
"""

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

from flask import Response, g
from sqlalchemy import Connection, Engine, case, create_engine, event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session, registry
from sqlalchemy.pool import StaticPool
from sqlmodel import SQLModel

from as_server.context import current_as
from heart_ground.durable.group_commit import GroupCommit
from heart_ground.durable.write_turn import WriteTurn

READING = "reading"
SQLITE_PRAGMAS = (
    "synchronous=FULL",
    "foreign_keys=ON",
    "busy_timeout=5000",
    "secure_delete=ON",
    "trusted_schema=OFF",
)


class Table(SQLModel, registry=registry()):
    """Base of this service's tables; its own registry, so four services fit in one process."""


def make_engine(url: str) -> Engine:
    """An engine that writes durably: WAL and FULL on SQLite, synchronous_commit on PostgreSQL."""
    if not url.startswith("sqlite"):
        return create_engine(
            url, pool_size=10, max_overflow=20, pool_pre_ping=True, hide_parameters=True
        )
    options: dict[str, Any] = {
        "connect_args": {"check_same_thread": False},
        "hide_parameters": True,  # an exception in the log must not carry row values
    }
    if url in ("sqlite://", "sqlite:///:memory:"):
        options["poolclass"] = StaticPool
    else:
        options.update(pool_size=10, max_overflow=20)
    engine = create_engine(url, **options)
    event.listen(engine, "connect", _prepare_sqlite)
    turn = WriteTurn()
    turn.attach(engine)
    event.listen(engine, "begin", lambda connection: _begin_sqlite(connection, turn))
    return engine


def _into_wal(connection: Any) -> None:
    """Several processes may open a new file at once; this switch does not wait by itself."""
    for _ in range(100):
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError:
            time.sleep(0.05)
    connection.execute("PRAGMA journal_mode=WAL")


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    # The driver must not begin transactions on its own: it would begin them deferred, and two
    # deferred writers end in "database is locked".
    connection.isolation_level = None
    _into_wal(connection)
    for pragma in SQLITE_PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection, turn: WriteTurn) -> None:
    if not connection.get_execution_options().get(READING):
        turn.begin(connection)


def session() -> Session:
    """The request's session. Nobody commits it but `end_request` and `commit`."""
    existing: Session | None = g.get("db_session")
    group = current_as.group_commit
    if existing is None:
        existing = g.db_session = Session(
            current_as.engine if group is None else group.join(),
            expire_on_commit=False,
            join_transaction_mode="create_savepoint",
        )
    elif existing.bind is None and group is not None:
        existing.bind = group.join()
    return existing


def group_commit(engine: Engine) -> GroupCommit | None:
    """SQLite's requests share commits; PostgreSQL does that by itself, and memory has no disk."""
    file = engine.dialect.name == "sqlite" and not isinstance(engine.pool, StaticPool)
    return GroupCommit(engine) if file else None


def transaction() -> Connection:
    """The connection of the request's session: Core statements on it skip the ORM, and stand or
    fall with everything else that the request writes."""
    return session().connection()


@contextmanager
def reader() -> Iterator[Connection]:
    """A connection that reads committed rows without taking the write lock."""
    engine = current_as.engine
    if isinstance(engine.pool, StaticPool):
        # One in-memory connection serves both modes, so reads join the request's transaction.
        yield session().connection()
        return
    with engine.connect() as plain:
        if engine.dialect.name == "sqlite":
            yield plain.execution_options(**{READING: True})
        else:
            yield plain.execution_options(isolation_level="AUTOCOMMIT")


@contextmanager
def snapshot() -> Iterator[Connection]:
    """A connection whose reads all see one moment (introspection: policies and epoch)."""
    engine = current_as.engine
    if isinstance(engine.pool, StaticPool):
        yield session().connection()
        return
    with engine.connect() as plain:
        if engine.dialect.name == "sqlite":
            connection = plain.execution_options(**{READING: True})
            connection.exec_driver_sql("BEGIN DEFERRED")
        else:
            connection = plain.execution_options(isolation_level="REPEATABLE READ")
        yield connection
        connection.rollback()


def commit() -> None:
    """End the transaction now, before the answer: for work that must follow a durable change, or
    that takes long. What follows is another one, from the next call of `session` on."""
    existing: Session | None = g.get("db_session")
    if existing is not None and existing.bind is not None:
        _settle(existing, existing.commit)


def end_request(response: Response) -> Response:
    """Commit below 500 (a refusal keeps what it spent), else roll back."""
    existing: Session | None = g.get("db_session")
    if existing is not None:
        if response.status_code >= 500:
            close()
        elif existing.bind is not None or existing.dirty:
            _settle(session(), existing.commit)
    return response


def close(_error: BaseException | None = None) -> None:
    existing: Session | None = g.pop("db_session", None)
    if existing is not None and existing.bind is not None:
        _settle(existing, existing.close)


def _settle(existing: Session, how: Callable[[], None]) -> None:
    """End the transaction; what was committed is on disk when this returns."""
    group = current_as.group_commit
    if group is None:
        how()
        return
    undone = True
    try:
        try:
            how()
        except BaseException:
            undone = False
            existing.rollback()
            undone = True
            raise
    finally:
        # Who goes on without asking for the session again fails, and writes into no other's.
        existing.bind = None
        group.leave(undone=undone)


@contextmanager
def standalone(engine: Engine) -> Iterator[Session]:
    """A session outside a request (commands, start-up): commits at the end."""
    with Session(engine, expire_on_commit=False) as own, own.begin():
        yield own


def insert_if_absent(db: Connection | Session, table: type[SQLModel], **values: Any) -> bool:
    """INSERT ... ON CONFLICT DO NOTHING; True for the one caller whose row went in."""
    connection = db.connection() if isinstance(db, Session) else db
    statement = _insert_if_absent(table, connection.dialect.name)
    # RETURNING, not rowcount: the PostgreSQL driver does not count an insert that may be skipped.
    return connection.execute(statement, values).first() is not None


@lru_cache(maxsize=64)
def _insert_if_absent(table: type[SQLModel], dialect: str) -> Any:
    core = table.__table__  # type: ignore[attr-defined]
    insert = postgresql.insert if dialect == "postgresql" else sqlite.insert
    key = next(iter(core.primary_key.columns))
    return insert(core).on_conflict_do_nothing().returning(key)


@lru_cache(maxsize=64)
def insert_or_prolong(table: type[SQLModel], unique: str, end: str, dialect: str) -> Any:
    """An INSERT that finds an equal row by `unique` and then only moves its `end` later.

    It returns the primary key of the row, new or found.
    """
    core = table.__table__  # type: ignore[attr-defined]
    insert = (postgresql.insert if dialect == "postgresql" else sqlite.insert)(core)
    ends, offered = core.c[end], insert.excluded[end]
    later = case((ends > offered, ends), else_=offered)
    statement = insert.on_conflict_do_update(index_elements=[unique], set_={end: later})
    return statement.returning(*core.primary_key.columns)
