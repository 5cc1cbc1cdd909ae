"""A route of this server, and all of them described as OpenAPI 3.1."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from flask import Blueprint
from flask.typing import ResponseReturnValue

Answers = Callable[..., ResponseReturnValue]


class Route(NamedTuple):
    """One address and method: who may call it, what it does, which statuses it answers.

    `path` is as the address map has it, below the place of the route; `needs` is `rpt` (or the
    owner's own token), `owner`, `bearer` (refused here) or `none`; `is_page`: for people, and no
    part of the interface for programs. `answers` is None where the blueprint brings its own.
    """

    method: str
    path: str
    room: Blueprint
    answers: Answers | None
    needs: str
    summary: str
    statuses: tuple[int, ...]
    is_page: bool = False


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


def written(path: str) -> str:
    """A path as OpenAPI writes it.

    >>> written("/r/<record>/<type:type_>/<id_>")
    '/r/{record}/{type}/{id}'
    """
    return re.sub(r"<(?:\w+:)?(\w+?)_?>", r"{\1}", path)


def document(routes: Iterable[tuple[str, Route]], server: str) -> dict[str, Any]:
    """The description of every route that is for programs, each with what its path begins with."""
    paths: dict[str, dict[str, Any]] = {}
    for prefix, route in routes:
        if not route.is_page:
            path = written(f"{prefix}{route.path}")
            paths.setdefault(path, {})[route.method.lower()] = _operation(path, route)
    return {
        "openapi": "3.1.0",
        "info": {"title": "heart-uma resource server", "version": "0.1.0"},
        "servers": [{"url": server}],
        "paths": paths,
        "components": {"securitySchemes": _SCHEMES},
    }


def _operation(path: str, route: Route) -> dict[str, Any]:
    described: dict[str, Any] = {
        "summary": route.summary,
        "responses": {str(s): {"description": _MEANINGS[s]} for s in route.statuses},
        "parameters": [
            {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
            for name in re.findall(r"{(\w+)}", path)
        ],
    }
    if route.needs != "none":
        described["security"] = [{route.needs: []}]
    return described
