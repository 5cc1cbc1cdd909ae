"""The portal's database: short transactions around sessions and form ids, nothing else.

A page calls other services between its writes, so no transaction spans a request: a lock must
not be held while waiting for a clinic. Each `transaction()` is durable when its block ends.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine
from sqlalchemy.orm import Session, registry
from sqlmodel import SQLModel

from heart_ground import database
from heart_ground.database import make_engine

__all__ = ["Table", "make_engine", "reading", "transaction"]


class Table(SQLModel, registry=registry()):
    """Base of this service's tables; its own registry, so four services fit in one process."""


@contextmanager
def transaction(engine: Engine) -> Iterator[Session]:
    """A short writing transaction, committed when the block ends without an error."""
    with Session(engine, expire_on_commit=False) as session, session.begin():
        yield session


@contextmanager
def reading(engine: Engine) -> Iterator[Session]:
    """A session that only reads and takes no write lock."""
    with (
        database.reading(engine) as connection,
        Session(connection, expire_on_commit=False) as session,
    ):
        yield session
