"""The database under every service: one way to make an engine, and the ways into it.

`reading` is autocommit and takes no write lock, `snapshot` sees one state of the database,
`writing` is a transaction that is on disk when its block ends. On SQLite a transaction begins
IMMEDIATE, in turn (`durable/write_turn.py`); dialects differ here and nowhere above.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any
from weakref import finalize

from sqlalchemy import Connection, Engine, create_engine, event, func, select
from sqlalchemy.engine import ExceptionContext, make_url

from heart_ground import passing_file, places
from heart_ground.durable import holding
from heart_ground.durable.write_turn import WriteTurn

READING = "reading"
"""Execution option of a connection that only reads: it begins no transaction."""
SQLITE_PRAGMAS = (
    "foreign_keys=ON",
    "busy_timeout=5000",
    "secure_delete=ON",
    "trusted_schema=OFF",
    "temp_store=MEMORY",
)
"""Of every connection to SQLite: what is deleted is overwritten, a file that somebody else wrote
runs no function of its schema, and no savepoint opens a file (nor leaves a patient's words in one).
"""
_OF_READERS = ("AUTOCOMMIT", "REPEATABLE READ")
"""Isolation levels of connections to PostgreSQL that write nothing (see `reading`, `snapshot`)."""
_WRITES = ("INSERT", "UPDATE", "DELETE")


class WritesWhileReading(RuntimeError):
    """Something was about to be written on a connection that only reads."""


def make_engine(
    url: str,
    *,
    pool_size: int = 8,
    max_overflow: int = 8,
    cache_kib: int = 2_000,
    prepare: bool = True,
) -> Engine:
    """The engine for `url`: SQLite or PostgreSQL (`postgresql://` is psycopg 3).

    `pool_size` and `max_overflow` bound its connections, `cache_kib` the pages of SQLite that each
    of them keeps. `prepare` is False behind a pooler that gives each transaction another connection
    to PostgreSQL: a statement prepared on one is not there on the next. A URL without a file names
    a private one that goes with the engine. Errors of this engine carry no row values: an
    exception ends up in a log.
    """
    parsed = make_url(url)
    options: dict[str, Any] = {
        "hide_parameters": True,
        "pool_size": pool_size,
        "max_overflow": max_overflow,
    }
    if parsed.get_backend_name() != "sqlite":
        if not prepare:
            options["connect_args"] = {"prepare_threshold": None}
        engine = create_engine(parsed, pool_pre_ping=True, **options)
        holding.watch(engine, only_reads=_only_reads)
        event.listen(engine, "before_cursor_execute", _refuse_to_write)
        event.listen(engine, "handle_error", _name_no_values)
        return engine
    options["connect_args"] = {"check_same_thread": False, "timeout": 5}
    lasting = parsed.database not in (None, "", ":memory:")
    if lasting:
        engine = create_engine(parsed, **options)
    else:
        # A file and not one shared connection in memory: readers and writers stay apart.
        file, remove = passing_file.new()
        engine = create_engine(parsed.set(database=str(file)), **options)
        finalize(engine, remove)
    event.listen(engine, "connect", _prepare_sqlite(lasting=lasting, cache_kib=cache_kib))
    turn = WriteTurn()
    turn.attach(engine)
    event.listen(engine, "begin", lambda connection: _begin_sqlite(connection, turn))
    holding.watch(engine, only_reads=_only_reads)
    event.listen(engine, "before_cursor_execute", _refuse_to_write)
    return engine


def _only_reads(connection: Connection) -> bool:
    options = connection.get_execution_options()
    return bool(options.get(READING)) or options.get("isolation_level") in _OF_READERS


def _refuse_to_write(connection: Connection, _cursor: Any, statement: str, *_more: object) -> None:
    """It would be on disk at once, outside any transaction and out of turn."""
    if statement.startswith(_WRITES) and _only_reads(connection):
        raise WritesWhileReading(statement.split(" VALUES")[0].split(" SET")[0])


def _name_no_values(context: ExceptionContext) -> None:
    """PostgreSQL tells the failing row in what it says; what an exception says ends up in a log."""
    original, wrapped = context.original_exception, context.sqlalchemy_exception
    told = getattr(original, "diag", None)
    if told is None or told.sqlstate is None:
        return  # nothing came from the server
    # Class 22 quotes the value itself, other classes in their details only.
    words = type(original).__name__ if told.sqlstate[:2] == "22" else str(told.message_primary)
    original.args = (words,)
    if wrapped is not None:
        wrapped.args = (f"({type(original).__name__}) {words}", *wrapped.args[1:])


def _prepare_sqlite(*, lasting: bool, cache_kib: int) -> Callable[[Any, Any], None]:
    # A file that goes with the process has nothing to save from a power cut.
    synchronous = "FULL" if lasting else "OFF"

    def prepare(connection: Any, _record: Any) -> None:
        # The driver must not begin transactions on its own: it would begin them deferred, and two
        # deferred transactions that turn into writers end in "database is locked".
        connection.isolation_level = None
        _into_wal(connection)
        own = (f"synchronous={synchronous}", f"cache_size=-{cache_kib}")
        for pragma in (*SQLITE_PRAGMAS, *own):
            connection.execute(f"PRAGMA {pragma}")

    return prepare


def _into_wal(connection: Any) -> None:
    """Several processes may open a new file at once; this switch does not wait by itself."""
    for _ in range(100):
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError:
            time.sleep(0.05)
    connection.execute("PRAGMA journal_mode=WAL")


def _begin_sqlite(connection: Connection, turn: WriteTurn) -> None:
    if not connection.get_execution_options().get(READING):
        turn.begin(connection)


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


def own_driver(engine: Engine) -> Any:
    """The SQLite connection of this thread's place, in autocommit, for reads too hot for a pool
    and a transaction; None where the database is another."""
    if engine.dialect.name != "sqlite":
        return None
    kept = places.here().kept
    taken = kept.get(engine)
    if taken is None:
        taken = kept[engine] = engine.raw_connection()
        taken.detach()
    return taken.dbapi_connection


def database_time(connection: Connection) -> int:
    """The database's clock in microseconds since 1970, for jobs that run without an app."""
    moment = connection.execute(select(func.current_timestamp())).scalar_one()
    if isinstance(moment, str):
        moment = datetime.fromisoformat(moment)
    moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
    return int((moment - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds() * 1_000_000)
