"""One way to make an engine, for every service; dialects differ here and nowhere above."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from weakref import finalize

from sqlalchemy import Engine, create_engine
from sqlalchemy.engine import make_url

from heart_ground import passing_file, postgresql, readers, sqlite

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
BY_ANY_WAY = Connections(prepare=False)
"""For commands: who types one may name a pooler as well as the server behind it."""


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
        options["connect_args"] = postgresql.connect_args(parsed, prepare=connections.prepare)
        engine = create_engine(parsed, pool_pre_ping=True, **options)
        postgresql.take_charge(engine)
        readers.watch(engine)
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
