"""The database of the requester app: short units of work (house rule; SQLite WAL, FULL).

A page of this app calls other services in the middle of a request, and must not hold the one
write lock of SQLite meanwhile. So a unit of work is a block, not the request: `reading()` sees
committed rows, `writing()` is on disk when its block ends, before the answer leaves.
"""

from __future__ import annotations

import atexit
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session, registry
from sqlmodel import SQLModel

from requester_app.context import current_requester

_READ = "requester_read"


class Table(SQLModel, registry=registry()):
    """Every table of this service; its own registry, so that services can share a process."""


def make_engine(url: str) -> Engine:
    """The engine for `url`: SQLite or PostgreSQL (`postgresql://` is psycopg 3)."""
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        return create_engine(parsed, pool_pre_ping=True)
    lasting = parsed.database not in (None, "", ":memory:")
    if not lasting:
        # A private file instead of one shared connection: threads stay apart.
        folder = tempfile.mkdtemp(prefix="requester-")
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        parsed = make_url(f"sqlite:///{Path(folder) / 'requester_app.db'}")
    engine = create_engine(parsed, connect_args={"check_same_thread": False, "timeout": 5})
    event.listen(engine, "connect", _lasting_pragmas if lasting else _passing_pragmas)
    event.listen(engine, "begin", _begin)
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


def _pragmas(connection: Any, synchronous: str) -> None:
    # The driver must not open transactions by itself: `_begin` does, and says IMMEDIATE.
    connection.isolation_level = None
    _into_wal(connection)
    for pragma in (
        f"synchronous={synchronous}",
        "foreign_keys=ON",
        "busy_timeout=5000",
        "secure_delete=ON",
        "trusted_schema=OFF",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _lasting_pragmas(connection: Any, record: Any) -> None:
    _pragmas(connection, "FULL")


def _passing_pragmas(connection: Any, record: Any) -> None:
    _pragmas(connection, "OFF")


def _begin(connection: Connection) -> None:
    if not connection.get_execution_options().get(_READ):
        # A deferred transaction that turns into a writer fails under load.
        connection.exec_driver_sql("BEGIN IMMEDIATE")


@contextmanager
def reading(engine: Engine | None = None) -> Iterator[Session]:
    """A session for reads; it takes no write lock and keeps no transaction open."""
    bound = engine or current_requester.engine
    if bound.dialect.name == "sqlite":
        options: dict[str, Any] = {_READ: True}
    else:
        options = {"isolation_level": "AUTOCOMMIT"}
    with (
        bound.connect() as connection,
        Session(connection.execution_options(**options), expire_on_commit=False) as session,
    ):
        yield session


@contextmanager
def writing(engine: Engine | None = None) -> Iterator[Session]:
    """A transaction of its own; what it wrote is on disk when the block ends."""
    bound = engine or current_requester.engine
    with Session(bound, expire_on_commit=False) as session, session.begin():
        yield session
