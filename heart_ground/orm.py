"""Two of the ways into the database (database.py) for who works with objects: a session each."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from heart_ground import database


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
    """A transaction of its own: on disk when its block ends, and undone when an error leaves it."""
    with Session(engine, expire_on_commit=False) as session, session.begin():
        yield session
