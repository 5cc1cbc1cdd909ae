"""What a page of matches brings along: includes, people and places."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, Row, and_, select

from fhir_rs.enforcement.query import SearchQuery
from fhir_rs.enforcement.references import CONTAINED
from fhir_rs.models.reference_conditions import REFERENCES
from fhir_rs.models.scope import Scope
from fhir_rs.models.search_pages import SHOWN
from fhir_rs.models.visibility import RESOURCE, Condition
from heart_uma.kinds import DIRECTORY_TYPES

MAX_JOINED = 1000
"""What one `_include` or `_revinclude` adds to a page at most; so do people, and places."""


class Joined:
    """What comes along with a page, each resource once; `cut` is True when that is not all."""

    def __init__(self, connection: Connection, scope: Scope, seen: Iterable[int]) -> None:
        self.rows: list[Row[Any]] = []
        self.cut = False
        self._connection = connection
        self._scope = scope
        self._seen = set(seen)

    def add(self, condition: Condition, types: frozenset[str] | None) -> list[Row[Any]]:
        """Add what meets `condition`, under its own mask; return what is new."""
        statement = select(*SHOWN).where(self._scope.sees(types), condition)
        statement = statement.order_by(RESOURCE.c.pk).limit(MAX_JOINED + 1)
        found = self._connection.execute(statement).all()
        self.cut = self.cut or len(found) > MAX_JOINED
        fresh = [row for row in found[:MAX_JOINED] if row.pk not in self._seen]
        self._seen.update(row.pk for row in fresh)
        self.rows += fresh
        return fresh


def included(
    connection: Connection, scope: Scope, query: SearchQuery, rows: Sequence[Row[Any]]
) -> Joined:
    """What `_include`, `_revinclude` and the directory add to a page, each under its own mask."""
    keys = [row.pk for row in rows]
    addresses = [row.address for row in rows]
    joined = Joined(connection, scope, keys)
    for name, wanted in query.includes:
        targets = select(REFERENCES.c.target).where(
            REFERENCES.c.resource.in_(keys), REFERENCES.c.param == name
        )
        condition: Condition = RESOURCE.c.address.in_(targets)
        if wanted:
            condition = and_(condition, RESOURCE.c.type == wanted)
        joined.add(condition, frozenset({wanted}) if wanted else None)
    for type_, name in query.revincludes:
        sources = select(REFERENCES.c.resource).where(
            REFERENCES.c.record == scope.record,
            REFERENCES.c.param == name,
            REFERENCES.c.target.in_(addresses),
        )
        referring = and_(RESOURCE.c.type == type_, RESOURCE.c.pk.in_(sources))
        joined.add(referring, frozenset({type_}))
    _add_directory(connection, joined, [*keys, *(row.pk for row in joined.rows)])
    return joined


def _add_directory(connection: Connection, joined: Joined, keys: Sequence[int]) -> None:
    """Add the people and places that the resources `keys` refer to, one step further too."""
    for _ in range(2):
        if not keys:
            break
        # Most pages refer to nobody, and the question whom one may see is a long one.
        targets = [target for target in _targets(connection, keys) if _is_directory(target)]
        if not targets:
            break
        condition = and_(
            RESOURCE.c.type.in_(sorted(DIRECTORY_TYPES)), RESOURCE.c.address.in_(targets)
        )
        keys = [row.pk for row in joined.add(condition, DIRECTORY_TYPES)]


def _targets(connection: Connection, keys: Sequence[int]) -> list[str]:
    # As for whom one may see: what is contained and judged apart brings nobody along.
    here = (REFERENCES.c.resource.in_(keys), REFERENCES.c.param != CONTAINED)
    statement = select(REFERENCES.c.target).where(*here).distinct()
    return list(connection.execute(statement).scalars())


def _is_directory(target: str) -> bool:
    return target.partition("/")[0] in DIRECTORY_TYPES
