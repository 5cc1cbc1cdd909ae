"""create: a new resource of this record (FHIR R4 http 3.1.0.8).

    POST /fhir/r/{record}/{type}

The id is the server's; `If-None-Exist` sees what the caller may see (R4 http 3.1.0.8.1).
"""

from __future__ import annotations

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from fhir_rs.context import current_request, current_rs
from fhir_rs.enforcement.query import conditional_criteria
from fhir_rs.enforcement.resource_types import RESOURCE_TYPES
from fhir_rs.enforcement.search_values import QueryError
from fhir_rs.errors import Invalid, NotFound
from fhir_rs.writes import pipeline
from fhir_rs.writes.body import incoming, json_body

bp = Blueprint("create", __name__)


def create(record: str, type_: str) -> ResponseReturnValue:
    """201 with Location and ETag."""
    if type_ not in RESOURCE_TYPES:
        raise NotFound
    body = json_body(request, current_rs.settings.max_body_bytes)
    new = incoming(body, type_)
    access = pipeline.permitted(current_rs.guard, current_request(), record, "create", new)
    asked = request.headers.get("If-None-Exist")
    try:
        unless = conditional_criteria(type_, asked, bases=access.bases)
    except QueryError as error:
        raise Invalid(f"If-None-Exist: {error}.") from error
    with current_rs.turn(record) as turn:
        return pipeline.create(turn, access, new, unless=unless)
