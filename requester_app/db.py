"""The database of the requester app: short units of work.

A page of this app calls other services in the middle of a request, and must not hold the one
write lock of SQLite meanwhile. So a unit of work is a block, not the request: `reading()` sees
committed rows, `writing()` is on disk when its block ends, before the answer leaves.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine
from sqlalchemy.orm import Session, registry
from sqlmodel import SQLModel

from heart_ground import database
from heart_ground.database import make_engine

__all__ = ["Table", "make_engine", "reading", "writing"]


class Table(SQLModel, registry=registry()):
    """Every table of this service; its own registry, so that services can share a process."""


@contextmanager
def reading(engine: Engine) -> Iterator[Session]:
    """A session for reads; it takes no write lock and keeps no transaction open."""
    with (
        database.reading(engine) as connection,
        Session(connection, expire_on_commit=False) as session,
    ):
        yield session


@contextmanager
def writing(engine: Engine) -> Iterator[Session]:
    """A transaction of its own; what it wrote is on disk when the block ends."""
    with Session(engine, expire_on_commit=False) as session, session.begin():
        yield session
