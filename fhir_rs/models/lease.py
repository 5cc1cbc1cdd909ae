"""lease: one process at a time does a piece of work; a crashed one loses it."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import BigInteger, Engine, insert, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import Field, col

from fhir_rs.db import Table, writing


class Lease(Table, table=True):
    """Who is at `name` until when (seconds since 1970)."""

    __tablename__ = "lease"

    name: str = Field(primary_key=True)
    holder: str
    until: int = Field(sa_type=BigInteger)


def _take(engine: Engine, name: str, holder: str, now: int, seconds: int) -> bool:
    values = {"holder": holder, "until": now + seconds}
    try:
        with writing(engine) as connection:
            taken = connection.execute(
                update(Lease)
                .where(col(Lease.name) == name, col(Lease.until) <= now)
                .values(**values)
            )
            if taken.rowcount == 1:
                return True
            connection.execute(insert(Lease).values(name=name, **values))
            return True
    except IntegrityError:
        return False


@contextmanager
def hold(engine: Engine, name: str, now: int, seconds: int) -> Iterator[bool]:
    """Hold the lease `name` for at most `seconds`; yields False while somebody else has it."""
    holder = secrets.token_urlsafe(12)
    if not _take(engine, name, holder, now, seconds):
        yield False
        return
    try:
        yield True
    finally:
        with writing(engine) as connection:
            connection.execute(
                update(Lease)
                .where(col(Lease.name) == name, col(Lease.holder) == holder)
                .values(until=0)
            )
