"""The database of the authorization server: its tables, its engine, and what its dialects share.

Dialect functions live here and nowhere else. How a request reads and writes is in `work`.
"""

from functools import lru_cache
from typing import Any

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

from heart_ground.durable.group_commit import GroupCommit
from heart_ground.engines import make_engine
from heart_ground.statement import Statement

__all__ = [
    "Table",
    "delete_some",
    "group_commit",
    "in_turn",
    "insert_if_absent",
    "insert_or_prolong",
    "make_engine",
]
AT_A_TIME = 500
"""Rows that housekeeping deletes of one table in one transaction."""
_TURN = select(func.pg_advisory_xact_lock(func.hashtextextended(bindparam("key"), 0)))


class Table(SQLModel, registry=registry()):
    """Base of this service's tables; its own registry, so four services fit in one process."""


def group_commit(engine: Engine) -> GroupCommit | None:
    """SQLite's requests share commits; PostgreSQL does that by itself."""
    return GroupCommit(engine) if engine.dialect.name == "sqlite" else None


def in_turn(connection: Connection, key: str) -> None:
    """From here on one transaction at a time for this key; a no-op where there is one writer."""
    if connection.dialect.name == "postgresql":
        connection.execute(_TURN, {"key": key})


def insert_if_absent(db: Connection | Session, table: type[SQLModel], **values: Any) -> bool:
    """INSERT ... ON CONFLICT DO NOTHING; True for the one caller whose row went in."""
    connection = db.connection() if isinstance(db, Session) else db
    # RETURNING, not rowcount: the PostgreSQL driver does not count an insert that may be skipped.
    return _insert_if_absent(table, tuple(values)).first(connection, **values) is not None


def delete_some(db: Session, table: type[SQLModel], old: ColumnElement[bool]) -> bool:
    """Delete at most `AT_A_TIME` of the rows that are `old`; True when it were as many."""
    core = table.__table__  # type: ignore[attr-defined]
    key = tuple_(*core.primary_key.columns)
    some = select(*core.primary_key.columns).where(old).limit(AT_A_TIME)
    found: Any = db.execute(delete(core).where(key.in_(some)))
    return bool(found.rowcount >= AT_A_TIME)


@lru_cache(maxsize=64)
def _insert_if_absent(table: type[SQLModel], columns: tuple[str, ...]) -> Statement:
    core = table.__table__  # type: ignore[attr-defined]
    key = next(iter(core.primary_key.columns))

    def build(dialect: str) -> Any:
        insert = postgresql.insert if dialect == "postgresql" else sqlite.insert
        return insert(core).on_conflict_do_nothing().returning(key)

    return Statement(build, columns=columns)


def insert_or_prolong(
    table: type[SQLModel], unique: tuple[str, ...], end: str, dialect: str, **newest: Any
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
    statement = insert.values(newest).on_conflict_do_update(
        index_elements=list(unique), set_=changed
    )
    return statement.returning(*core.primary_key.columns)
