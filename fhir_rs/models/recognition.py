"""Records that an import finds again: by their key, by their Patient, by what they hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, func, select, update
from sqlmodel import col

from fhir_rs.models.record import Record
from fhir_rs.models.visibility import RESOURCE

CHUNK = 500


def by_keys(connection: Connection, keys: Sequence[str]) -> dict[str, str]:
    """Key -> record, of those `keys` that records have."""
    rows = connection.execute(
        select(col(Record.source_key), col(Record.id)).where(col(Record.source_key).in_(keys))
    )
    return {str(key): str(record) for key, record in rows}


class Known(NamedTuple):
    """A record, and its Patient as stored."""

    id: str
    source_key: str
    patient_ref: str | None
    body: bytes | None


def of_patients(connection: Connection, patients: Sequence[str]) -> Sequence[Known]:
    """(id, source_key, patient_ref, body) of records about a Patient of these addresses.

    `body` is the Patient as stored, None where it never came.
    """
    rows = connection.execute(
        select(col(Record.id), col(Record.source_key), col(Record.patient_ref))
        .where(col(Record.patient_ref).in_(patients))
        .order_by(col(Record.created), col(Record.id))
    ).all()
    c = RESOURCE.c
    stored = select(c.body)
    return [
        Known(
            *row,
            connection.scalar(stored.where(c.record == row.id, c.address == row.patient_ref)),
        )
        for row in rows
    ]


def holding(
    connection: Connection, patient: str | None, addresses: Sequence[str]
) -> Sequence[Row[Any, Any, Any]]:
    """(record, address, digest) of these resources in records about `patient` (None: nobody)."""
    about = (
        col(Record.patient_ref).is_(None) if patient is None else col(Record.patient_ref) == patient
    )
    records = connection.scalars(
        select(col(Record.id)).where(about).order_by(col(Record.created), col(Record.id))
    )
    c = RESOURCE.c
    held = select(c.record, c.address, c.digest).where(c.address.in_(addresses))
    return [
        row
        for record in list(records)
        for row in connection.execute(held.where(c.record == record)).all()
    ]


def sizes(connection: Connection, records: Sequence[str]) -> Mapping[str, int]:
    """How many resources each record holds."""
    counted = select(func.count()).select_from(RESOURCE)
    return {
        record: connection.execute(counted.where(RESOURCE.c.record == record)).scalar_one()
        for record in records
    }


def set_key(connection: Connection, record: str, old: str, new: str) -> None:
    """Give a record the key that later imports find it by."""
    connection.execute(
        update(Record)
        .where(col(Record.id) == record, col(Record.source_key) == old)
        .values(source_key=new)
    )


def name_it(connection: Connection, record: str, name: str) -> None:
    """Say whose record it is, where the import that made it did not know."""
    connection.execute(
        update(Record)
        .where(col(Record.id) == record, col(Record.name) == col(Record.patient_ref))
        .values(name=name)
    )
