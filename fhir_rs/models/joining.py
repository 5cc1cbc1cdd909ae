"""What a page of matches brings along: includes, people and places."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, and_, select

from fhir_rs.enforcement.query import SearchQuery
from fhir_rs.models.criteria import REFERENCES, Scope
from fhir_rs.models.searching import SHOWN
from fhir_rs.models.visibility import RESOURCE, Condition
from heart_uma.labels import DIRECTORY_TYPES

MAX_JOINED = 1000


def included(
    connection: Connection, scope: Scope, query: SearchQuery, rows: Sequence[Row[Any]]
) -> list[Row[Any]]:
    """What `_include`, `_revinclude` and the directory add to a page, each under its own mask."""
    keys = [row.pk for row in rows]
    addresses = [row.address for row in rows]
    seen = set(keys)
    found: list[Row[Any]] = []
    for name, wanted in query.includes:
        targets = select(REFERENCES.c.target).where(
            REFERENCES.c.resource.in_(keys), REFERENCES.c.param == name
        )
        condition: Condition = RESOURCE.c.address.in_(targets)
        if wanted:
            condition = and_(condition, RESOURCE.c.type == wanted)
        _add(connection, scope, condition, wanted, found, seen)
    for type_, name in query.revincludes:
        sources = select(REFERENCES.c.resource).where(
            REFERENCES.c.record == scope.record,
            REFERENCES.c.param == name,
            REFERENCES.c.target.in_(addresses),
        )
        referring = and_(RESOURCE.c.type == type_, RESOURCE.c.pk.in_(sources))
        _add(connection, scope, referring, type_, found, seen)
    return found + directory_of(connection, scope, [*keys, *(row.pk for row in found)], seen)


def _add(
    connection: Connection,
    scope: Scope,
    condition: Condition,
    type_: str | None,
    found: list[Row[Any]],
    seen: set[int],
) -> None:
    types = frozenset({type_}) if type_ else None
    statement = select(*SHOWN).where(scope.sees(types), condition)
    for row in connection.execute(statement.order_by(RESOURCE.c.pk).limit(MAX_JOINED)):
        if row.pk not in seen:
            seen.add(row.pk)
            found.append(row)


def _targets(connection: Connection, keys: Sequence[int]) -> list[str]:
    statement = select(REFERENCES.c.target).where(REFERENCES.c.resource.in_(keys)).distinct()
    return list(connection.execute(statement).scalars())


def _is_directory(target: str) -> bool:
    return target.partition("/")[0] in DIRECTORY_TYPES


def directory_of(
    connection: Connection, scope: Scope, keys: Sequence[int], seen: set[int] | None = None
) -> list[Row[Any]]:
    """The people and places that the resources `keys` refer to, one step further too (DESIGN 8)."""
    found: list[Row[Any]] = []
    seen = set(keys) if seen is None else seen
    for _ in range(2):
        if not keys:
            break
        # Most pages refer to nobody, and the question whom one may see is a long one.
        targets = [target for target in _targets(connection, keys) if _is_directory(target)]
        if not targets:
            break
        statement = select(*SHOWN).where(
            scope.sees(DIRECTORY_TYPES),
            RESOURCE.c.type.in_(sorted(DIRECTORY_TYPES)),
            RESOURCE.c.address.in_(targets),
        )
        fresh = [
            row
            for row in connection.execute(statement.order_by(RESOURCE.c.pk).limit(MAX_JOINED))
            if row.pk not in seen
        ]
        seen.update(row.pk for row in fresh)
        found += fresh
        keys = [row.pk for row in fresh]
    return found
