"""The database of the resource server: one request, one transaction (house rule; SQLite WAL, FULL).

Three ways in. `reading()` is autocommit Core, for the hot reads. `session()` is the request's
transaction, ended before the answer leaves. `writing()` is a short transaction of its own, on disk
when the block ends: the audit entry that precedes a disclosure.
A request must not open `writing()` once its `session()` has written: SQLite has one writer.
"""

from __future__ import annotations

import atexit
import shutil
import sqlite3
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast
from weakref import WeakKeyDictionary

from flask import Flask, Response, current_app, g
from sqlalchemy import Connection, Engine, create_engine, event, func, select
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session, registry
from sqlmodel import SQLModel

from heart_ground.durable.write_turn import WriteTurn

_ENGINE = "fhir_rs.engine"
_MODE = "fhir_rs_mode"
_thread = threading.local()


class Table(SQLModel, registry=registry()):
    """Every table of this service; its own registry, so that services can share a process."""


def make_engine(url: str) -> Engine:
    """The engine for `url`: SQLite or PostgreSQL (`postgresql://` is psycopg 3)."""
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        return create_engine(parsed, pool_pre_ping=True, pool_size=8, max_overflow=8)
    durable = parsed.database not in (None, "", ":memory:")
    if not durable:
        # A private file instead of one shared connection: reads and writes stay apart.
        folder = tempfile.mkdtemp(prefix="fhir_rs-")
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        parsed = make_url(f"sqlite:///{Path(folder) / 'fhir_rs.db'}")
    engine = create_engine(parsed, connect_args={"check_same_thread": False, "timeout": 5})
    event.listen(engine, "connect", _durable_pragmas if durable else _throwaway_pragmas)
    turn = WriteTurn()
    turn.attach(engine)
    event.listen(engine, "begin", lambda connection: _begin(connection, turn))
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
        "cache_size=-16000",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _durable_pragmas(connection: Any, record: Any) -> None:
    _pragmas(connection, "FULL")


def _throwaway_pragmas(connection: Any, record: Any) -> None:
    _pragmas(connection, "OFF")


def _begin(connection: Connection, turn: WriteTurn) -> None:
    if connection.get_execution_options().get(_MODE) != "read":
        # A deferred transaction that turns into a writer fails under load ("database is locked").
        turn.begin(connection)


@contextmanager
def reading(engine: Engine | None = None) -> Iterator[Connection]:
    """An autocommit connection for reads."""
    bound = engine or current_engine()
    if bound.dialect.name == "sqlite":
        options: dict[str, Any] = {_MODE: "read"}
    else:
        options = {"isolation_level": "AUTOCOMMIT"}
    with bound.connect() as connection:
        yield connection.execution_options(**options)


def own_driver(engine: Engine) -> Any:
    """This thread's own SQLite connection, in autocommit, for reads too hot for a pool and a
    transaction; None where the database is another."""
    if engine.dialect.name != "sqlite":
        return None
    kept: WeakKeyDictionary[Engine, Any] | None = getattr(_thread, "drivers", None)
    if kept is None:
        kept = _thread.drivers = WeakKeyDictionary()
    taken = kept.get(engine)
    if taken is None:
        taken = kept[engine] = engine.raw_connection()
        taken.detach()
    return taken.dbapi_connection


@contextmanager
def snapshot(engine: Engine | None = None) -> Iterator[Connection]:
    """A connection whose reads all see one state of the database."""
    bound = engine or current_engine()
    if bound.dialect.name == "sqlite":
        with reading(bound) as connection:
            connection.exec_driver_sql("BEGIN")
            try:
                yield connection
            finally:
                connection.exec_driver_sql("ROLLBACK")
    else:
        with bound.connect() as connection:
            yield connection.execution_options(isolation_level="REPEATABLE READ")


@contextmanager
def writing(engine: Engine | None = None) -> Iterator[Connection]:
    """A transaction of its own; what it wrote is on disk when the block ends."""
    with (engine or current_engine()).begin() as connection:
        yield connection


def database_time(connection: Connection) -> int:
    """The database's clock in microseconds since 1970, for jobs that run without an app."""
    moment = connection.execute(select(func.current_timestamp())).scalar_one()
    if isinstance(moment, str):
        moment = datetime.fromisoformat(moment)
    moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
    return int((moment - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds() * 1_000_000)


def current_engine() -> Engine:
    """The engine of the running app."""
    return cast(Engine, current_app.extensions[_ENGINE])


def session() -> Session:
    """The request's session; its transaction begins with its first statement."""
    if "fhir_rs_session" not in g:
        g.fhir_rs_session = Session(current_engine(), expire_on_commit=False)
    return cast(Session, g.fhir_rs_session)


def in_transaction() -> bool:
    """True when this request's session has begun its transaction."""
    open_session: Session | None = g.get("fhir_rs_session")
    return open_session is not None and open_session.in_transaction()


def attach(app: Flask, engine: Engine) -> None:
    """Give `app` its engine, and end each request's transaction before the answer leaves."""
    app.extensions[_ENGINE] = engine
    app.after_request(_end_transaction)
    app.teardown_appcontext(_close)


def _end_transaction(response: Response) -> Response:
    open_session: Session | None = g.get("fhir_rs_session")
    if open_session is not None:
        if response.status_code < 500:
            open_session.commit()
        else:
            open_session.rollback()
    return response


def _close(error: BaseException | None) -> None:
    open_session: Session | None = g.pop("fhir_rs_session", None)
    if open_session is not None:
        open_session.close()
