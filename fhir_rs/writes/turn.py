"""The turn in which a record is written: one transaction, and nobody else writes it meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import Connection, Engine

from fhir_rs.db import writing
from fhir_rs.errors import NotFound
from fhir_rs.models.record import lock
from fhir_rs.protection.access import Access
from heart_ground import moments
from heart_ground.moments import Clock


@dataclass(frozen=True, slots=True)
class Turn:
    """A transaction that holds the record; what it stores is of the moment `at` (microseconds)."""

    connection: Connection
    at: int


class Withheld(NotFound):
    """What was to be changed is not there, or not for this writer: the turn ends with nothing."""

    def __init__(self, access: Access) -> None:
        super().__init__()
        self.access = access


@contextmanager
def turn(engine: Engine, clock: Clock, record: str) -> Iterator[Turn]:
    """Write `record`; on disk when the block ends, and nothing of it when it raises.

    The moment is that of the turn and not of the request: who waits for a turn would else store
    something older than what others have already read by `_lastUpdated`.
    """
    try:
        with writing(engine) as connection:
            lock(connection, record)
            yield Turn(connection, moments.microseconds(clock()))
    except Withheld as missing:
        # In a transaction of its own: nothing else of this one stays.
        missing.access.disclose((), "update")
        raise
