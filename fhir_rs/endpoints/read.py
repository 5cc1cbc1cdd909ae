"""read: one resource (FHIR R4 http 3.1.0.2).

    GET /fhir/r/{record}/{type}/{id}

Withheld and absent are the same bytes (R4 security, access denied); what an unauthorised caller
gets was decided before anything was looked up.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from sqlalchemy import BindParameter, ColumnElement, Dialect, String, bindparam, select

from fhir_rs.answers.headers import is_held, resource_answer
from fhir_rs.context import current_rs
from fhir_rs.enforcement.grant import Disclosed, Grant
from fhir_rs.enforcement.required import for_instance
from fhir_rs.enforcement.resource_types import RESOURCE_TYPES
from fhir_rs.errors import NotFound
from fhir_rs.models.scope import Scope
from fhir_rs.models.shown_resource import one_as_shown
from fhir_rs.models.visibility import RESOURCE
from heart_ground.prepared import Prepared

bp = Blueprint("read", __name__)
_COLUMNS: tuple[ColumnElement[Any], ...] = (
    RESOURCE.c.type,
    RESOURCE.c.id,
    RESOURCE.c.kind,
    RESOURCE.c.version,
    RESOURCE.c.updated,
    RESOURCE.c.body,
    RESOURCE.c.cuts,
    RESOURCE.c.contained,
    RESOURCE.c.writer,
    RESOURCE.c.own_labels,
    RESOURCE.c.own_security,
)


def read(record: str, type_: str, id_: str) -> ResponseReturnValue:
    """The current version."""
    if type_ not in RESOURCE_TYPES:
        raise NotFound
    access = current_rs.authorize(record, for_instance("read", type_))
    engine = current_rs.engine
    statement = _enforced(access.grant, type_, engine.dialect)
    scope = access.scope
    at = f"{type_}/{id_}"
    row = statement.first(engine, in_record=record, at=at, reader=scope.reader or "")
    if row is None:
        access.disclose((), "read")
        raise NotFound
    shown = one_as_shown(engine, scope, row, access.bases)
    held = is_held(row, shown, request.headers.get("If-None-Match"))
    access.disclose((Disclosed(row.type, row.id, row.kind),), "read", held=held)
    return resource_answer(row, shown, held=held)


@lru_cache(maxsize=2048)
def _enforced(grant: Grant, type_: str, dialect: Dialect) -> Prepared:
    record: BindParameter[str] = bindparam("in_record", "", type_=String)
    reader: BindParameter[str] = bindparam("reader", "", type_=String)
    shown = Scope(record, grant, reader).sees(frozenset({type_}))
    statement = select(*_COLUMNS).where(
        RESOURCE.c.address == bindparam("at", "", type_=String), shown
    )
    return Prepared(statement, dialect)
