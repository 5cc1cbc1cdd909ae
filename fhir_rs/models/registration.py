"""registration: which resource id stands for which slice of a record (FedAuthz 3.2)."""

from __future__ import annotations

from sqlalchemy import Connection, delete, insert, select
from sqlmodel import Field, col

from fhir_rs.db import Table
from fhir_rs.models.link import of_owner


class Registration(Table, table=True):
    """One registered resource: a FHIR type and kind of one record."""

    __tablename__ = "registration"

    record: str = Field(primary_key=True)
    type: str = Field(primary_key=True)
    kind: str = Field(primary_key=True)
    resource_id: str
    digest: str
    """Digest of the description as the authorization server holds it."""


Slices = dict[tuple[str, str], tuple[str, str]]
"""(type, kind) -> (resource id, digest)."""


def of_record(connection: Connection, record: str) -> Slices:
    """Everything registered for a record."""
    rows = connection.execute(
        select(
            col(Registration.type),
            col(Registration.kind),
            col(Registration.resource_id),
            col(Registration.digest),
        ).where(col(Registration.record) == record)
    )
    return {(type_, kind): (resource_id, digest) for type_, kind, resource_id, digest in rows}


def ids_of_owner(connection: Connection, issuer: str, sub: str, but: str) -> set[str]:
    """The resource ids of this owner's other records than `but`."""
    others = [each for each in of_owner(connection, issuer, sub) if each != but]
    return {id_ for each in others for id_, _ in of_record(connection, each).values()}


def replace(connection: Connection, record: str, slices: Slices) -> None:
    """Make `slices` the whole registration of a record."""
    connection.execute(delete(Registration).where(col(Registration.record) == record))
    rows = [
        {"record": record, "type": type_, "kind": kind, "resource_id": id_, "digest": digest}
        for (type_, kind), (id_, digest) in sorted(slices.items())
    ]
    if rows:
        connection.execute(insert(Registration), rows)
