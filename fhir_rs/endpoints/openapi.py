"""openapi: this server's own interface as OpenAPI 3.1; a test compares it with the address map.

GET /openapi.json
"""

from __future__ import annotations

from typing import Any, NamedTuple
from urllib.parse import urlsplit

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue

from fhir_rs.context import current_rs

bp = Blueprint("openapi", __name__)


class Operation(NamedTuple):
    """One row of the table: who may call it, what it does, which statuses it answers."""

    method: str
    path: str
    token: str
    summary: str
    statuses: tuple[int, ...]


_READ = (200, 304, 401, 403, 404, 406, 429)
_SEARCH = (200, 400, 401, 403, 404, 406, 429)
_OWNER = (200, 400, 401, 404, 406)
_BUNDLE = (200, 400, 401, 404, 406, 412, 413, 415, 422, 429)
_R = "/r/{record}"
# token: rpt (UMA ticket and RPT, or the owner's own token), owner, none, bearer (refused here).
UNDER_BASE: tuple[Operation, ...] = (
    Operation("get", f"{_R}/{{type}}/{{id}}", "rpt", "Read a resource", _READ),
    Operation("put", f"{_R}/{{type}}/{{id}}", "rpt", "Update a resource",
              (200, 400, 401, 403, 404, 406, 409, 412, 413, 415, 422, 429)),
    Operation("get", f"{_R}/{{type}}/{{id}}/_history/{{vid}}", "rpt", "Read a version", _READ),
    Operation("get", f"{_R}/{{type}}/{{id}}/_history", "rpt", "Visible versions", _SEARCH),
    Operation("get", f"{_R}/{{type}}", "rpt", "Search a type", _SEARCH),
    Operation("post", f"{_R}/{{type}}", "rpt", "Create a resource",
              (200, 201, 400, 401, 403, 404, 406, 412, 413, 415, 422, 429)),
    Operation("post", f"{_R}/{{type}}/_search", "rpt", "Search by a form", (*_SEARCH, 413, 415)),
    Operation("get", f"{_R}/Patient/$everything", "rpt", "The whole record", _SEARCH),
    Operation("get", f"{_R}/Patient/{{id}}/$everything", "rpt", "The same, by Patient", _SEARCH),
    Operation("post", _R, "rpt", "Batch or transaction", _BUNDLE),
    Operation("post", f"{_R}/", "rpt", "Batch or transaction", _BUNDLE),
    Operation("post", f"{_R}/$preview", "owner", "What permissions would show", _OWNER),
    Operation("post", f"{_R}/$level", "owner", "Set the owner's level of records", _OWNER),
    Operation("get", f"{_R}/$records", "owner", "What is in the record", _OWNER),
    Operation("get", f"{_R}/$activity", "owner", "Who looked", _OWNER),
    Operation("get", f"{_R}/metadata", "none", "CapabilityStatement", (200,)),
    Operation("get", "/metadata", "none", "CapabilityStatement", (200,)),
    Operation("get", "/.well-known/smart-configuration", "none", "SMART discovery", (200, 503)),
    Operation("get", "/{type}", "bearer", "Needs a SMART token", (401, 404)),
    Operation("post", "/{type}", "bearer", "Needs a SMART token", (401, 404)),
    Operation("post", "/{type}/_search", "bearer", "Needs a SMART token", (401, 404)),
    Operation("get", "/{type}/{id}", "bearer", "Needs a SMART token", (401, 404)),
    Operation("put", "/{type}/{id}", "bearer", "Needs a SMART token", (401, 404)),
    Operation("get", "/{type}/{id}/_history", "bearer", "Needs a SMART token", (401, 404)),
    Operation("get", "/{type}/{id}/_history/{vid}", "bearer", "Needs a SMART token", (401, 404)),
    Operation("post", "", "bearer", "Needs a SMART token", (401,)),
    Operation("post", "/", "bearer", "Needs a SMART token", (401,)),
)  # fmt: skip
UNDER_ROOT: tuple[Operation, ...] = (
    Operation("get", "/healthz", "none", "The process is up", (200,)),
    Operation("get", "/readyz", "none", "Database and authorization server answer", (200, 503)),
    Operation("post", "/events", "none", "Receive a Security Event Token (RFC 8935)", (202, 400)),
    Operation("get", "/openapi.json", "none", "This document", (200,)),
)
_SCHEMES = {
    "rpt": {"type": "http", "scheme": "bearer", "description": "UMA 2.0 RPT, after a ticket."},
    "owner": {"type": "http", "scheme": "bearer", "description": "Token of scope owner."},
    "bearer": {"type": "http", "scheme": "bearer", "description": "SMART on FHIR access token."},
}
_MEANINGS = {
    200: "Done", 201: "Created", 202: "Received", 304: "Not modified", 400: "Not well formed",
    401: "A token is needed", 403: "Not permitted", 404: "Absent or withheld",
    406: "Not JSON of FHIR 4.0", 409: "Conflict",
    412: "Precondition failed", 413: "Too large", 415: "Not JSON",
    422: "Against a rule", 429: "Too many requests", 503: "Try again later",
}  # fmt: skip


@bp.get("/openapi.json")
def openapi() -> ResponseReturnValue:
    """The document."""
    base = urlsplit(current_rs.settings.base_url).path
    paths: dict[str, dict[str, Any]] = {}
    for prefix, operations in ((base, UNDER_BASE), ("", UNDER_ROOT)):
        for operation in operations:
            described = paths.setdefault(f"{prefix}{operation.path}", {})
            described[operation.method] = _operation(operation)
    response = jsonify(
        openapi="3.1.0",
        info={"title": "heart-uma resource server", "version": "0.1.0"},
        servers=[{"url": current_rs.settings.public_root}],
        paths=paths,
        components={"securitySchemes": _SCHEMES},
    )
    response.headers["Cache-Control"] = "public, max-age=300"
    return response


def _operation(operation: Operation) -> dict[str, Any]:
    names = [part[1:-1] for part in operation.path.split("/") if part.startswith("{")]
    described: dict[str, Any] = {
        "summary": operation.summary,
        "responses": {str(s): {"description": _MEANINGS[s]} for s in operation.statuses},
        "parameters": [
            {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
            for name in names
        ],
    }
    if operation.token != "none":  # noqa: S105
        described["security"] = [{operation.token: []}]
    return described
