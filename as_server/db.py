"""The database of the authorization server: one request, one transaction.

`session()` is the request's writing session; it begins with BEGIN IMMEDIATE on SQLite and is
committed before the response leaves if the status is below 500. `reader()` is a Core connection
in autocommit for hot reads. Dialect functions live here and nowhere else.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

from flask import Response, g
from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    bindparam,
    case,
    delete,
    func,
    select,
    tuple_,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session, registry
from sqlmodel import SQLModel

from as_server.context import current_as
from heart_ground import database
from heart_ground.durable.ballast import has_kept_a_part, kept_a_part
from heart_ground.durable.group_commit import GroupCommit
from heart_ground.durable.unavailable import Unavailable

AT_A_TIME = 500
"""Rows that housekeeping deletes of one table in one transaction."""
_TURN = select(func.pg_advisory_xact_lock(func.hashtextextended(bindparam("key"), 0)))


class Table(SQLModel, registry=registry()):
    """Base of this service's tables; its own registry, so four services fit in one process."""


def make_engine(url: str, *, prepare: bool = True) -> Engine:
    """An engine that writes durably; its pool fits a worker's threads and the pushing of events."""
    return database.make_engine(url, pool_size=10, max_overflow=20, prepare=prepare)


def session() -> Session:
    """The request's session. Nobody commits it but `end_request` and `commit`."""
    existing: Session | None = g.get("db_session")
    group = current_as.group_commit
    if existing is None:
        existing = g.db_session = Session(
            current_as.engine if group is None else _joined(group),
            expire_on_commit=False,
            join_transaction_mode="create_savepoint",
        )
    elif existing.bind is None and group is not None:
        existing.bind = _joined(group)
    return existing


def _joined(group: GroupCommit) -> Connection:
    """The shared connection, and how many rows it had changed before this request."""
    connection = group.join()
    raw: Any = connection.connection.driver_connection
    g.changed_before = (raw, raw.total_changes)
    return connection


def _has_written() -> bool:
    raw, before = g.get("changed_before", (None, 0))
    return raw is None or raw.total_changes != before


def group_commit(engine: Engine) -> GroupCommit | None:
    """SQLite's requests share commits; PostgreSQL does that by itself."""
    return GroupCommit(engine) if engine.dialect.name == "sqlite" else None


def transaction() -> Connection:
    """The connection of the request's session: Core statements on it skip the ORM, and stand or
    fall with everything else that the request writes."""
    return session().connection()


def in_turn(connection: Connection, key: str) -> None:
    """From here on one transaction at a time for this key; a no-op where there is one writer."""
    if connection.dialect.name == "postgresql":
        connection.execute(_TURN, {"key": key})


@contextmanager
def reader() -> Iterator[Connection]:
    """A connection that reads committed rows without taking the write lock."""
    with database.reading(current_as.engine) as connection:
        yield connection


@contextmanager
def snapshot() -> Iterator[Connection]:
    """A connection whose reads all see one moment (introspection: policies and epoch)."""
    with database.snapshot(current_as.engine) as connection:
        yield connection


def commit() -> None:
    """End the transaction now, before the answer: for work that must follow a durable change, or
    that takes long. What follows is another one, from the next call of `session` on."""
    existing: Session | None = g.get("db_session")
    if existing is not None and existing.bind is not None:
        wrote = _has_written()
        _settle(existing, existing.commit)
        if wrote:
            kept_a_part()


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
        _settle(existing, existing.close, kept=False)


def _settle(existing: Session, how: Callable[[], None], *, kept: bool = True) -> None:
    """End the transaction; what was committed is on disk when this returns.

    `kept` is False when nothing is to be: then there is nothing to wait for.
    """
    group = current_as.group_commit
    if group is None:
        how()
        return
    undone, only_read = True, not _has_written()
    try:
        try:
            how()
        except BaseException:
            undone = False
            existing.rollback()
            undone, kept = True, False
            raise
    finally:
        # Who goes on without asking for the session again fails, and writes into no other's.
        existing.bind = None
        try:
            group.leave(undone=undone, kept=kept)
        except Unavailable:
            # What this request changed is on disk already; it has only looked at it since.
            if not (only_read and has_kept_a_part()):
                raise


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


def delete_some(db: Session, table: type[SQLModel], old: ColumnElement[bool]) -> bool:
    """Delete at most `AT_A_TIME` of the rows that are `old`; True when it were as many."""
    core = table.__table__  # type: ignore[attr-defined]
    key = tuple_(*core.primary_key.columns)
    some = select(*core.primary_key.columns).where(old).limit(AT_A_TIME)
    found: Any = db.execute(delete(core).where(key.in_(some)))
    return bool(found.rowcount >= AT_A_TIME)


@lru_cache(maxsize=64)
def _insert_if_absent(table: type[SQLModel], dialect: str) -> Any:
    core = table.__table__  # type: ignore[attr-defined]
    insert = postgresql.insert if dialect == "postgresql" else sqlite.insert
    key = next(iter(core.primary_key.columns))
    return insert(core).on_conflict_do_nothing().returning(key)


def insert_or_prolong(
    table: type[SQLModel], unique: str, end: str, dialect: str, **newest: Any
) -> Any:
    """An INSERT that finds an equal row by `unique` and then only moves its `end` later.

    `newest` are columns that take their new value in both cases, each a SQL expression. It returns
    the primary key of the row, new or found.
    """
    core = table.__table__  # type: ignore[attr-defined]
    insert = (postgresql.insert if dialect == "postgresql" else sqlite.insert)(core)
    ends, offered = core.c[end], insert.excluded[end]
    later = case((ends > offered, ends), else_=offered)
    changed = {end: later} | {name: insert.excluded[name] for name in newest}
    statement = insert.values(newest).on_conflict_do_update(index_elements=[unique], set_=changed)
    return statement.returning(*core.primary_key.columns)
