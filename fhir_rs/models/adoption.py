"""Where a resource of nobody belongs: records that refer to it, or hold what it names."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, Row, exists, or_, select
from sqlmodel import col

from fhir_rs.models.record import Record
from fhir_rs.models.reference_conditions import REFERENCES
from fhir_rs.models.visibility import RESOURCE
from heart_uma.kinds import DIRECTORY_TYPES


def records_referring(connection: Connection, names: Sequence[str]) -> set[str]:
    """The records in which something refers to one of `names`, the keys of one resource."""
    rows = select(REFERENCES.c.record).where(REFERENCES.c.target.in_(names)).distinct()
    return set(connection.execute(rows).scalars())


def records_holding(connection: Connection, addresses: Sequence[str]) -> set[str]:
    """The records that hold one of `addresses`."""
    rows = select(RESOURCE.c.record).where(RESOURCE.c.address.in_(addresses)).distinct()
    return set(connection.execute(rows).scalars())


def missing_directory(connection: Connection, record: str) -> list[str]:
    """People and places that the record refers to without holding them."""
    held = exists().where(RESOURCE.c.record == record, RESOURCE.c.address == REFERENCES.c.target)
    rows = connection.execute(
        select(REFERENCES.c.target)
        .where(
            REFERENCES.c.record == record,
            or_(*(REFERENCES.c.target.like(f"{type_}/%") for type_ in sorted(DIRECTORY_TYPES))),
            ~held,
        )
        .distinct()
    )
    return list(rows.scalars())


def shared_copies(connection: Connection, addresses: Iterable[str]) -> list[Row[str, str, bytes]]:
    """(folder record, address, body) of resources that an earlier import kept for nobody."""
    folders = connection.scalars(select(col(Record.id)).where(col(Record.patient_ref).is_(None)))
    c = RESOURCE.c
    copies = select(c.record, c.address, c.body).where(c.address.in_(list(addresses)))
    return [
        row
        for folder in list(folders)
        for row in connection.execute(copies.where(c.record == folder)).all()
    ]
