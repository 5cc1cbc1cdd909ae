"""What a page of matches brings along: includes, people and places."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, Row

from fhir_rs.enforcement.query import SearchQuery
from fhir_rs.models.prepared_joins import Way, joined_by, targets_of
from fhir_rs.models.scope import Scope
from heart_ground.listed import as_list
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

    def add(self, way: Way, given: Iterable[str | int]) -> list[Row[Any]]:
        """Add what `way` leads to from what is `given`, under its own mask; return what is new."""
        scope = self._scope
        statement = joined_by(way, scope.grant, MAX_JOINED + 1, self._connection.dialect)
        asked = {**scope.bound(), "given": as_list(given)}
        found = statement.rows(self._connection, asked)
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
    joined = Joined(connection, scope, keys)
    for name, wanted in query.includes:
        joined.add(Way("include", name, wanted), keys)
    addresses = [row.address for row in rows]
    for type_, name in query.revincludes:
        joined.add(Way("revinclude", name, type_), addresses)
    _add_directory(connection, scope.record, joined, [*keys, *(row.pk for row in joined.rows)])
    return joined


def _add_directory(
    connection: Connection, record: Any, joined: Joined, keys: Sequence[int]
) -> None:
    """Add the people and places that the resources `keys` refer to, one step further too."""
    for _ in range(2):
        if not keys:
            break
        # Most pages refer to nobody, and the question whom one may see is a long one.
        asked = {"in_record": record, "given": as_list(keys)}
        found = targets_of(connection.dialect).rows(connection, asked)
        targets = [target for (target,) in found if _is_directory(target)]
        if not targets:
            break
        keys = [row.pk for row in joined.add(Way("directory"), targets)]


def _is_directory(target: str) -> bool:
    return target.partition("/")[0] in DIRECTORY_TYPES
