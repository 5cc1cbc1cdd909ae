"""The database of the resource server: one request, one transaction (house rule).

Three ways in. `reading()` is autocommit Core, for the hot reads. `session()` is the request's
transaction, ended before the answer leaves. `writing()` is a short transaction of its own, on disk
when the block ends: the audit entry that precedes a disclosure.
A request must not open `writing()` once its `session()` has written: SQLite has one writer.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import cast

from flask import Flask, Response, current_app, g
from sqlalchemy import Connection, Engine
from sqlalchemy.orm import Session, registry
from sqlmodel import SQLModel

from heart_ground import database

__all__ = [
    "Table",
    "attach",
    "current_engine",
    "in_transaction",
    "make_engine",
    "reading",
    "session",
    "snapshot",
    "writing",
]
CACHE_KIB = 16_000
"""Pages of records that each connection keeps: a chart is read again and again."""
_ENGINE = "fhir_rs.engine"


class Table(SQLModel, registry=registry()):
    """Every table of this service; its own registry, so that services can share a process."""


def make_engine(url: str, *, prepare: bool = True) -> Engine:
    """The engine for `url`: SQLite or PostgreSQL (`postgresql://` is psycopg 3)."""
    return database.make_engine(url, cache_kib=CACHE_KIB, prepare=prepare)


@contextmanager
def reading(engine: Engine | None = None) -> Iterator[Connection]:
    """An autocommit connection for reads."""
    with database.reading(engine or current_engine()) as connection:
        yield connection


@contextmanager
def snapshot(engine: Engine | None = None) -> Iterator[Connection]:
    """A connection whose reads all see one state of the database."""
    with database.snapshot(engine or current_engine()) as connection:
        yield connection


@contextmanager
def writing(engine: Engine | None = None) -> Iterator[Connection]:
    """A transaction of its own; what it wrote is on disk when the block ends."""
    with database.writing(engine or current_engine()) as connection:
        yield connection


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
