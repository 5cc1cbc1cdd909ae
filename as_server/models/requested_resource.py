"""Registered resources as an assessment sees them: read with Core, scope sets shared (hot path)."""

import json
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Row, bindparam, select
from sqlalchemy.orm import Session

from as_server.models.resource import COLUMNS, Resource
from as_server.policy.model import RequestedResource
from heart_ground.statement import Statement

AT_ONCE = 1_024
"""Ids in one statement; a database takes only so many."""
_SLICE = (
    COLUMNS.id,
    COLUMNS.fhir_type,
    COLUMNS.kind,
    COLUMNS.record,
    COLUMNS.scopes,
)
_THEIRS = (
    COLUMNS.owner == bindparam("of_owner"),
    COLUMNS.client_id == bindparam("at_server"),
    COLUMNS.id.in_(bindparam("ids", expanding=True)),
)
_REQUESTED = Statement(select(*_SLICE).where(*_THEIRS).order_by(COLUMNS.id), many="ids")
_SCOPES = Statement(select(COLUMNS.id, COLUMNS.scopes).where(*_THEIRS), many="ids")
_OF_OWNER = Statement(
    select(*_SLICE, COLUMNS.client_id).where(COLUMNS.owner == bindparam("of_owner"))
)


def requested(
    connection: Connection | Session,
    owner: str,
    client_id: str,
    asked: Mapping[str, Iterable[str]],
) -> tuple[RequestedResource, ...]:
    """The resources of `asked` (id -> scopes) that are registered now, with both scope sets."""
    return as_asked(slices(connection, owner, client_id, asked), asked)


def slices(
    connection: Connection | Session, owner: str, client_id: str, ids: Iterable[str]
) -> list[Row[Any]]:
    """Those of `ids` that are this owner's and this RS's now, in order; as many as there are."""
    wanted = sorted(ids)
    found: list[Row[Any]] = []
    for start in range(0, len(wanted), AT_ONCE):
        some = wanted[start : start + AT_ONCE]
        found.extend(_REQUESTED.all(connection, of_owner=owner, at_server=client_id, ids=some))
    return found


def as_asked(
    rows: Iterable[Row[Any]], asked: Mapping[str, Iterable[str]]
) -> tuple[RequestedResource, ...]:
    """Those of `rows` that `asked` (id -> scopes) names, with both scope sets."""
    return tuple(
        RequestedResource(
            row.id,
            row.fhir_type,
            row.kind,
            row.record,
            _scopes(row.scopes),
            scope_set(asked[row.id]),
        )
        for row in rows
        if row.id in asked
    )


def of_owner(connection: Connection, owner: str) -> dict[str, list[RequestedResource]]:
    """All that is registered for an owner, by RS client id, as if somebody asked to read it."""
    found: dict[str, list[RequestedResource]] = {}
    for row in _OF_OWNER.all(connection, of_owner=owner):
        scopes = _scopes(row.scopes)
        found.setdefault(row.client_id, []).append(
            RequestedResource(
                row.id, row.fhir_type, row.kind, row.record, scopes, for_reading(scopes)
            )
        )
    return found


def as_requested(row: Resource, scopes: frozenset[str]) -> RequestedResource:
    """A registered resource asked for with these scopes."""
    return RequestedResource(
        row.id, row.fhir_type, row.kind, row.record, _scopes(row.scopes), scopes
    )


def scopes_by_id(
    connection: Connection | Session, owner: str, client_id: str, ids: Iterable[str]
) -> dict[str, frozenset[str]]:
    """The registered scopes of those of `ids` that are this owner's and this RS's."""
    found = _SCOPES.all(connection, of_owner=owner, at_server=client_id, ids=ids)
    return {row.id: _scopes(row.scopes) for row in found}


def offered(row: Resource) -> frozenset[str]:
    """The scopes a resource is registered with."""
    return _scopes(row.scopes)


@lru_cache(maxsize=4096)
def for_reading(offered: frozenset[str]) -> frozenset[str]:
    """What a read asks for of a resource: the read scope and every label scope it offers."""
    return scope_set(
        scope
        for scope in offered
        if scope.endswith(".read") or scope.startswith(("conf/", "sens/"))
    )


def scope_set(scopes: Iterable[str]) -> frozenset[str]:
    """A scope set, the same object for the same scopes: the assessment caches by it."""
    return _interned(frozenset(scopes))


@lru_cache(maxsize=4096)
def _interned(scopes: frozenset[str]) -> frozenset[str]:
    return scopes


@lru_cache(maxsize=4096)
def _scopes(text: str) -> frozenset[str]:
    return _interned(frozenset(json.loads(text)))


@lru_cache(maxsize=1024)
def limits_declared(registration: str) -> bool:
    """True when an RS's registration says that it enforces `heart_uma_limits`."""
    declared = json.loads(registration).get("heart_uma_resource_server") or {}
    return declared.get("limits") is True
