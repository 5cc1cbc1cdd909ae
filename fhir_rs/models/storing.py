"""Writing resources: rows, index rows, versions; what the owner set on a record survives."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, bindparam, delete, insert, select, update
from sqlmodel import col

from fhir_rs.db import Table
from fhir_rs.enforcement.description import Description
from fhir_rs.enforcement.index_values import IndexRow
from fhir_rs.models import resolving
from fhir_rs.models.resource import PENDING, Resource, ResourceVersion
from fhir_rs.models.search_index import LabelHit, ResourceReference, SearchIndex
from fhir_rs.models.visibility import RESOURCE
from heart_ground.many_rows import ManyRows

_TABLES = Table.metadata.tables
_INSERT = insert(Resource).returning(col(Resource.pk), sort_by_parameter_order=True)
_STORED: tuple[ColumnElement[Any], ...] = (
    RESOURCE.c.pk,
    RESOURCE.c.address,
    RESOURCE.c.version,
    RESOURCE.c.labels,
    RESOURCE.c.slot,
    RESOURCE.c.kind,
    RESOURCE.c.updated,
    RESOURCE.c.sensitivity,
    RESOURCE.c.digest,
    RESOURCE.c.body,
    RESOURCE.c.cuts,
    RESOURCE.c.contained,
    RESOURCE.c.writer,
    RESOURCE.c.own_labels,
    RESOURCE.c.own_security,
)
_OF_A_RESOURCE = ("resource", "record")
_INDEX = ManyRows(_TABLES["search_index"], (*_OF_A_RESOURCE, *IndexRow._fields))
_REFERENCES = ManyRows(
    _TABLES["resource_reference"],
    (*_OF_A_RESOURCE, "param", "target", "carries", "holds", "key"),
)
_HITS = ManyRows(_TABLES["label_hit"], (*_OF_A_RESOURCE, "category", "rule", "strength", "labels"))
_KEPT = ("version", "slot", "labels", "updated", "body", "cuts", "contained", "writer",
         "own_labels", "own_security")  # fmt: skip
Stored = Row[Any]


def find(connection: Connection, record: str, address: str) -> Stored | None:
    """The current version of one resource, whoever may see it."""
    return stored(connection, record, [address]).get(address)


def stored(connection: Connection, record: str, addresses: Sequence[str]) -> dict[str, Stored]:
    """The current versions of those of `addresses` that exist."""
    rows = connection.execute(
        select(*_STORED).where(RESOURCE.c.record == record, RESOURCE.c.address.in_(addresses))
    )
    return {str(row.address): row for row in rows.all()}


def add(connection: Connection, record: str, new: Sequence[Description]) -> None:
    """Insert resources that do not exist yet; none is visible before its index rows are there."""
    if not new:
        return
    rows = [{**d.columns, "record": record, "level": 0} for d in new]
    keys = [int(key or 0) for key in connection.execute(_INSERT, rows).scalars()]
    _insert_children(connection, record, list(zip(keys, new, strict=True)))
    resolving.connect(connection, record, new)


def replace(connection: Connection, record: str, old: Stored, new: Description) -> bool:
    """Make `new` the current version and keep `old`; False when another write was faster."""
    changed = connection.execute(
        update(Resource)
        .where(col(Resource.pk) == old.pk, col(Resource.version) == old.version)
        .values(**new.columns)
    )
    if changed.rowcount != 1:
        return False
    connection.execute(
        insert(ResourceVersion).values(
            resource=old.pk, **{name: getattr(old, name) for name in _KEPT}
        )
    )
    children_again(connection, record, old.pk, new)
    resolving.connect(connection, record, [new])
    return True


def children_again(connection: Connection, record: str, key: int, new: Description) -> None:
    """Make the index rows, references and label hits of a row those of `new`."""
    for table in (SearchIndex, ResourceReference, LabelHit):
        connection.execute(delete(table).where(col(table.resource) == key))
    _insert_children(connection, record, [(key, new)])


def _insert_children(
    connection: Connection, record: str, pairs: Sequence[tuple[int, Description]]
) -> None:
    _INDEX.add(connection, [(key, record, *row) for key, d in pairs for row in d.index])
    _REFERENCES.add(
        connection,
        [
            (key, record, row.param, row.target, row.carries, row.holds, row.key)
            for key, d in pairs
            for row in d.references
        ],
    )
    _HITS.add(
        connection,
        [
            (key, record, hit.category, hit.rule[:200], hit.strength, " ".join(hit.labels))
            for key, d in pairs
            for hit in d.hits
        ],
    )


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
    found: Mapping[str, Stored] = stored(connection, record, addresses)
    if found:
        connection.execute(
            _SET_LEVEL, [{"of_record": record, "at": a, "to_level": level} for a in found]
        )
    return [address for address in addresses if address in found]
