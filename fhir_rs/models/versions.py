"""The visible versions of one resource, newest first (FS-33)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, FromClause, Row, select

from fhir_rs.db import Table
from fhir_rs.enforcement.grant import Grant
from fhir_rs.models.resource import ResourceVersion
from fhir_rs.models.visibility import RESOURCE, visible

VERSION: FromClause = Table.metadata.tables[str(ResourceVersion.__tablename__)]
_OF_RESOURCE = (RESOURCE.c.type, RESOURCE.c.id, RESOURCE.c.address, RESOURCE.c.kind)


def versions(connection: Connection, grant: Grant, record: str, address: str) -> list[Row[Any]]:
    """The versions of `address` that `grant` shows; none when the current one is withheld."""
    types = frozenset({address.partition("/")[0]})
    here = (RESOURCE.c.record == record, RESOURCE.c.address == address)
    current = connection.execute(
        select(
            *_OF_RESOURCE,
            RESOURCE.c.version,
            RESOURCE.c.updated,
            RESOURCE.c.labels,
            RESOURCE.c.body,
        ).where(*here, visible(grant, record, types=types))
    ).all()
    if not current:
        return []
    replaced = connection.execute(
        select(
            *_OF_RESOURCE,
            VERSION.c.version,
            VERSION.c.updated,
            VERSION.c.labels,
            VERSION.c.body,
        )
        .where(
            VERSION.c.resource == RESOURCE.c.pk,
            *here,
            visible(grant, record, types=types, version=VERSION),
        )
        .order_by(VERSION.c.version.desc())
    )
    return [*current, *replaced]
