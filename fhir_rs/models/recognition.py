"""Records that an import finds again: by their key, by their Patient, by what they hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

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


def of_patients(connection: Connection, patients: Sequence[str]) -> Sequence[Row[Any, Any, Any]]:
    """(id, source_key, patient_ref, body) of records about a Patient of these addresses.

    `body` is the Patient as stored, None where it never came.
    """
    rows = connection.execute(
        select(col(Record.id), col(Record.source_key), col(Record.patient_ref), RESOURCE.c.body)
        .outerjoin(
            RESOURCE,
            (RESOURCE.c.record == col(Record.id)) & (RESOURCE.c.address == col(Record.patient_ref)),
        )
        .where(col(Record.patient_ref).in_(patients))
        .order_by(col(Record.created), col(Record.id))
    )
    return rows.all()


def holding(
    connection: Connection, patient: str | None, addresses: Sequence[str]
) -> Sequence[Row[Any, Any, Any]]:
    """(record, address, digest) of these resources in records about `patient` (None: nobody)."""
    about = (
        col(Record.patient_ref).is_(None) if patient is None else col(Record.patient_ref) == patient
    )
    rows = connection.execute(
        select(RESOURCE.c.record, RESOURCE.c.address, RESOURCE.c.digest)
        .join(Record, col(Record.id) == RESOURCE.c.record)
        .where(about, RESOURCE.c.address.in_(addresses))
        .order_by(col(Record.created), col(Record.id))
    )
    return rows.all()


def sizes(connection: Connection, records: Sequence[str]) -> Mapping[str, int]:
    """How many resources each record holds."""
    rows = connection.execute(
        select(RESOURCE.c.record, func.count())
        .where(RESOURCE.c.record.in_(records))
        .group_by(RESOURCE.c.record)
    )
    return {str(record): int(count) for record, count in rows}


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
