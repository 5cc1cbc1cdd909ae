"""The visible versions of one resource, newest first (R4 http, history)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Connection, FromClause, Row, select

from fhir_rs.db import Table
from fhir_rs.models.resource import ResourceVersion
from fhir_rs.models.scope import Scope
from fhir_rs.models.visibility import RESOURCE

VERSION: FromClause = Table.metadata.tables[str(ResourceVersion.__tablename__)]
_OF_RESOURCE = (
    RESOURCE.c.type, RESOURCE.c.id, RESOURCE.c.address, RESOURCE.c.kind, RESOURCE.c.pk,
)  # fmt: skip


def _of_version(table: FromClause) -> tuple[ColumnElement[Any], ...]:
    c = table.c
    return (c.version, c.updated, c.labels, c.body, c.cuts, c.contained, c.writer, c.own_labels,
            c.own_security)  # fmt: skip


def versions(connection: Connection, scope: Scope, address: str) -> list[Row[Any]]:
    """The versions of `address` that `scope` shows; none when the current one is withheld."""
    types = frozenset({address.partition("/")[0]})
    here = (RESOURCE.c.address == address,)
    current = connection.execute(
        select(*_OF_RESOURCE, *_of_version(RESOURCE)).where(*here, scope.sees(types))
    ).all()
    if not current:
        return []
    replaced = connection.execute(
        select(*_OF_RESOURCE, *_of_version(VERSION))
        .where(
            VERSION.c.record == RESOURCE.c.record,
            VERSION.c.resource == RESOURCE.c.pk,
            *here,
            scope.sees(types, version=VERSION),
        )
        .order_by(VERSION.c.version.desc())
    )
    return [*current, *replaced]
