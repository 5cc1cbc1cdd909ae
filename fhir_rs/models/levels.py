"""The level that the owner herself gave a resource."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, bindparam, update
from sqlmodel import col

from fhir_rs.models.resource import PENDING, Resource
from fhir_rs.models.storing import stored
from fhir_rs.models.visibility import RESOURCE

_SET_LEVEL = (
    update(Resource)
    .where(col(Resource.record) == bindparam("of_record"), col(Resource.address) == bindparam("at"))
    # A row that waits to be described again goes on waiting.
    .values(level=RESOURCE.c.level.bitwise_and(PENDING) + bindparam("to_level"))
)


def set_levels(
    connection: Connection, record: str, addresses: Sequence[str], level: int
) -> list[str]:
    """Set the owner's level of resources; return those that exist here."""
    found = stored(connection, record, addresses)
    if found:
        connection.execute(
            _SET_LEVEL, [{"of_record": record, "at": a, "to_level": level} for a in found]
        )
    return [address for address in addresses if address in found]
