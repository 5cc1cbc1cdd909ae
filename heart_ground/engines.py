"""One way to make an engine, for every service; dialects differ here and nowhere above."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from weakref import finalize

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import ExceptionContext, make_url

from heart_ground import passing_file, readers, sqlite

PATIENCE = 5.0
"""Seconds that a request waits for a connection while others have all of them."""


@dataclass(frozen=True, slots=True)
class Connections:
    """`pool` connections are kept, `overflow` more are there for busy times and then closed.

    `prepare` is False behind a pooler that gives each transaction another connection to PostgreSQL:
    a statement prepared on one is not there on the next.
    """

    pool: int = 8
    overflow: int = 8
    prepare: bool = True


USUAL = Connections()


def make_engine(url: str, connections: Connections = USUAL, *, cache_kib: int = 2_000) -> Engine:
    """The engine for `url`: SQLite or PostgreSQL (`postgresql://` is psycopg 3).

    `cache_kib` bounds the pages of SQLite that each connection keeps. A URL without a file names a
    private one that goes with the engine. Errors of this engine carry no row values: an exception
    ends up in a log.
    """
    parsed = make_url(url)
    options: dict[str, Any] = {
        "hide_parameters": True,
        "pool_timeout": PATIENCE,
        "pool_size": connections.pool,
        "max_overflow": connections.overflow,
    }
    if parsed.get_backend_name() != "sqlite":
        if not connections.prepare:
            options["connect_args"] = {"prepare_threshold": None}
        engine = create_engine(parsed, pool_pre_ping=True, **options)
        readers.watch(engine)
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
    sqlite.take_charge(engine, lasting=lasting, cache_kib=cache_kib)
    readers.watch(engine)
    return engine


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
