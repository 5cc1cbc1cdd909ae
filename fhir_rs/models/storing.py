"""Writing resources: rows, index rows, versions; what the owner set on a record survives."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, delete, insert, select, update
from sqlmodel import col

from fhir_rs.db import Table
from fhir_rs.enforcement.description import Description
from fhir_rs.enforcement.index_values import IndexRow
from fhir_rs.models import record_state, resolving
from fhir_rs.models.resource import Resource, ResourceVersion
from fhir_rs.models.search_index import LabelHit, ResourceReference, SearchIndex
from fhir_rs.models.visibility import RESOURCE
from heart_ground.many_rows import ManyRows

_TABLES = Table.metadata.tables
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
_OF_A_RESOURCE = ("record", "resource", "pk")
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
    keys = record_state.take(connection, record, len(new))
    rows = [
        {**d.columns, "record": record, "pk": key, "level": 0}
        for key, d in zip(keys, new, strict=True)
    ]
    connection.execute(insert(Resource), rows)
    _insert_children(connection, record, list(zip(keys, new, strict=True)))
    resolving.connect(connection, record, new)


def replace(connection: Connection, record: str, old: Stored, new: Description) -> bool:
    """Make `new` the current version and keep `old`; False when another write was faster."""
    changed = connection.execute(
        update(Resource)
        .where(col(Resource.record) == record, col(Resource.pk) == old.pk)
        .where(col(Resource.version) == old.version)
        .values(**new.columns)
    )
    if changed.rowcount != 1:
        return False
    connection.execute(
        insert(ResourceVersion).values(
            record=record, resource=old.pk, **{name: getattr(old, name) for name in _KEPT}
        )
    )
    children_again(connection, record, old.pk, new)
    resolving.connect(connection, record, [new])
    return True


def children_again(connection: Connection, record: str, key: int, new: Description) -> None:
    """Make the index rows, references and label hits of a row those of `new`."""
    for table in (SearchIndex, ResourceReference, LabelHit):
        here = (col(table.record) == record, col(table.resource) == key)
        connection.execute(delete(table).where(*here))
    _insert_children(connection, record, [(key, new)])


def _insert_children(
    connection: Connection, record: str, pairs: Sequence[tuple[int, Description]]
) -> None:
    many = sum(len(d.index) + len(d.references) + len(d.hits) for _, d in pairs)
    number = iter(record_state.take(connection, record, many))
    _INDEX.add(
        connection, [(record, key, next(number), *row) for key, d in pairs for row in d.index]
    )
    _REFERENCES.add(
        connection,
        [
            (record, key, next(number), row.param, row.target, row.carries, row.holds, row.key)
            for key, d in pairs
            for row in d.references
        ],
    )
    _HITS.add(
        connection,
        [
            (
                record,
                key,
                next(number),
                hit.category,
                hit.rule[:200],
                hit.strength,
                " ".join(hit.labels),
            )
            for key, d in pairs
            for hit in d.hits
        ],
    )
