"""$everything: the whole record as far as the caller may see it (FHIR R4 Patient/$everything).

    GET /fhir/r/{record}/Patient/$everything?_type=Observation,Condition&kind=vitals&_count=100

The shown set is exactly that of the single searches; people and places come along as includes.
"""

from __future__ import annotations

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from fhir_rs.answers.search_answer import Asked, search_answer
from fhir_rs.context import current_rs
from fhir_rs.db import reading
from fhir_rs.enforcement.dating import fine_span_of
from fhir_rs.enforcement.query import SearchQuery, parse_search
from fhir_rs.enforcement.required import for_everything
from fhir_rs.enforcement.resource_types import RESOURCE_TYPES
from fhir_rs.enforcement.search_values import QueryError
from fhir_rs.errors import Invalid, NotFound
from fhir_rs.models.question import Question
from fhir_rs.models.record import patient_of

bp = Blueprint("everything", __name__)
_OWN = ("_type", "_since")
_SHARED = frozenset({"_count", "kind", "_cursor", "_total", "_summary", "_format", "_pretty"})


def everything(record: str) -> ResponseReturnValue:
    """Everything in this record."""
    return _everything(record, None)


def everything_of(record: str, id_: str) -> ResponseReturnValue:
    """The same, by the id of the record's Patient."""
    return _everything(record, id_)


def _everything(record: str, id_: str | None) -> ResponseReturnValue:
    types, since = _types(), _since()
    query = _query()
    access = current_rs.authorize(record, for_everything(types, query.kinds))
    if id_ is not None:
        with reading(current_rs.engine) as connection:
            known = patient_of(connection, record)
        if known != f"Patient/{id_}":
            access.disclose((), "everything")
            raise NotFound
    asked = Asked(
        interaction="everything",
        question=Question(query, whole=True, types=types, since=since),
        url=f"{access.base}/Patient/{f'{id_}/' if id_ else ''}$everything",
        pairs=tuple(
            (name, value)
            for name, value in request.args.items(multi=True)
            if name not in ("_cursor", "_format", "_pretty")
        ),
    )
    return search_answer(current_rs.engine, current_rs.cursors, access, asked)


def _types() -> frozenset[str] | None:
    named = request.args.get("_type")
    if named is None:
        return None
    types = frozenset(named.split(","))
    if not types <= RESOURCE_TYPES:
        raise Invalid("_type names an unknown resource type.")
    return types


def _since() -> int | None:
    text = request.args.get("_since")
    try:
        return None if text is None else fine_span_of(text.replace(" ", "+")).low
    except (ValueError, OverflowError) as error:
        raise Invalid("_since must be a date or an instant.") from error


def _query() -> SearchQuery:
    pairs = [(n, v) for n, v in request.args.items(multi=True) if n not in _OWN]
    if any(name not in _SHARED for name, _ in pairs):
        raise Invalid("$everything knows _type, kind, _since and _count.")
    try:
        return parse_search("Patient", pairs)
    except QueryError as error:
        raise Invalid(f"{error}.") from error
