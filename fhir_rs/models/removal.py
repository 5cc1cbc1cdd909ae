"""Taking a resource out of a record: its versions and its index rows go with it."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, delete
from sqlmodel import col

from fhir_rs.models import storing
from fhir_rs.models.resource import Resource, ResourceVersion
from fhir_rs.models.search_index import LabelHit, ResourceReference, SearchIndex


def remove(connection: Connection, record: str, addresses: Sequence[str]) -> int:
    """Remove those of `addresses` that the record holds; return how many there were.

    Labels that others took over from them stay: labels are only ever added.
    """
    keys = [row.pk for row in storing.stored(connection, record, addresses).values()]
    for table in (SearchIndex, ResourceReference, LabelHit, ResourceVersion):
        of_them = (col(table.record) == record, col(table.resource).in_(keys))
        connection.execute(delete(table).where(*of_them))
    gone = (col(Resource.record) == record, col(Resource.pk).in_(keys))
    connection.execute(delete(Resource).where(*gone))
    return len(keys)
