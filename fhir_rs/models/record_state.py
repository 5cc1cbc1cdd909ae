"""record_state: what is counted for each record, and how a search sees it."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

from sqlalchemy import BigInteger, Connection, Dialect, String, bindparam, select, text
from sqlmodel import Field, col

from fhir_rs.db import Table
from fhir_rs.models.record import Record
from heart_ground.prepared import Prepared


class RecordState(Table, table=True):
    """One record's counters.

    `generation` is raised by the database itself with each write of a resource of the record, in
    steps that nobody foresees: a database that is put back does not come to the same one by another
    way. What belongs to a resource is only written with it, in one transaction.
    """

    __tablename__ = "record_state"

    record: str = Field(primary_key=True, max_length=22, foreign_key="record.id")
    generation: int = Field(default=0, sa_type=BigInteger)
    next_pk: int = Field(default=1, sa_type=BigInteger)
    """The number that the next row of the record gets; none is given twice."""


_TAKE = text(
    "INSERT INTO record_state (record, generation, next_pk) VALUES (:record, 0, 1 + :many) "
    "ON CONFLICT (record) DO UPDATE SET next_pk = record_state.next_pk + :many RETURNING next_pk"
)


def take(connection: Connection, record: str, many: int) -> range:
    """So many numbers for rows of `record`, given to nobody else."""
    after = int(connection.execute(_TAKE, {"record": record, "many": many}).scalar_one())
    return range(after - many, after)


def identity_patient(connection: Connection, record: str) -> str | None:
    """`Patient/x` when the Patient of this record is only an identity copy, else None."""
    return state_of(connection, record).identity


class State(NamedTuple):
    """What a search must know of a record: its identity copy as `identity_patient` tells it, and
    its generation; None where nothing is counted."""

    identity: str | None
    generation: int | None


def state_of(connection: Connection, record: str) -> State:
    """The record as the connection sees it."""
    rows = _state(connection.dialect).rows(connection, {"record": record})
    if not rows:
        return State(None, None)
    return State(rows[0].patient_ref if rows[0].identity_copy else None, rows[0].generation)


@cache
def _state(dialect: Dialect) -> Prepared:
    record = bindparam("record", "", type_=String)
    counted = (col(RecordState.record) == col(Record.id)) & (col(RecordState.record) == record)
    columns = (col(Record.identity_copy), col(Record.patient_ref), col(RecordState.generation))
    rows = select(*columns).outerjoin(RecordState, counted).where(col(Record.id) == record)
    return Prepared(rows, dialect)
