"""update: a new version of a resource that is there (FHIR R4 http 3.1.0.5).

    PUT /fhir/r/{record}/{type}/{id}        If-Match: W/"3"

There is no update-as-create: it would tell a hidden id from a free one (R4 http, update as create).
"""

from __future__ import annotations

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from fhir_rs.context import current_request, current_rs
from fhir_rs.enforcement.resource_types import RESOURCE_TYPES
from fhir_rs.errors import NotFound
from fhir_rs.writes import pipeline
from fhir_rs.writes.body import incoming, json_body

bp = Blueprint("update", __name__)


def update(record: str, type_: str, id_: str) -> ResponseReturnValue:
    """200 with the new ETag; 404 for what the caller may not change, 412 for a stale If-Match."""
    if type_ not in RESOURCE_TYPES:
        raise NotFound
    body = json_body(request, current_rs.settings.max_body_bytes)
    new = incoming(body, type_)
    access = pipeline.permitted(current_rs.guard, current_request(), record, "update", new)
    with current_rs.turn(record) as turn:
        return pipeline.update(turn, access, new, id_, request.headers.get("If-Match"))
