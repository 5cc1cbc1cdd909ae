"""The OpenAPI 3.1 document of this server, made from its routes and the models of its bodies."""

import re
from collections.abc import Iterable
from typing import Any, Final

from pydantic import BaseModel

from as_server.route import Face, Form, Needs, Route

FORM: Final = "application/x-www-form-urlencoded"
JSON: Final = "application/json"
HTML: Final = "text/html"
TEXT: Final[dict[str, Any]] = {"type": "string"}
_TYPES: Final = {str: TEXT, int: {"type": "integer", "minimum": 0}}
_BEARER: Final = {"type": "http", "scheme": "bearer"}


def document(routes: Iterable[Route], issuer: str) -> dict[str, Any]:
    """The document."""
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        paths.setdefault(route.written, {})[route.method.lower()] = _operation(route)
    return {
        "openapi": "3.1.0",
        "info": {"title": "heart-uma authorization server", "version": "0.1.0"},
        "servers": [{"url": issuer}],
        "paths": paths,
        "components": {
            "schemas": {"Error": _error()},
            "securitySchemes": {"pat": _BEARER, "bearer": _BEARER},
        },
    }


def _operation(route: Route) -> dict[str, Any]:
    described: dict[str, Any] = {
        "summary": route.summary,
        "parameters": _parameters(route),
        "responses": {str(route.ok): _success(route)}
        | {str(status): _refusal(route, status) for status in route.refuses},
    }
    if route.takes is not None:
        described["requestBody"] = {"required": True, "content": _body(route.takes)}
    if route.needs is not None and route.needs is not Needs.CLIENT:
        scheme = "pat" if route.needs is Needs.PAT else "bearer"
        described["security"] = [{scheme: [route.needs.value]}]
    return described


def _parameters(route: Route) -> list[dict[str, Any]]:
    in_path = [
        {"name": name, "in": "path", "required": True, "schema": TEXT}
        for name in re.findall(r"{(\w+)}", route.written)
    ]
    in_query = [
        {"name": name, "in": "query", "schema": _TYPES[kind]} for name, kind in route.query.items()
    ]
    return in_path + in_query


def _body(takes: Form | type[BaseModel]) -> dict[str, Any]:
    if not isinstance(takes, Form):
        return {JSON: {"schema": takes.model_json_schema()}}
    schema: dict[str, Any] = {
        "type": "object",
        "properties": dict.fromkeys(takes.members, TEXT),
    }
    if takes.required:
        schema["required"] = list(takes.required)
    return {FORM: {"schema": schema}}


def _success(route: Route) -> dict[str, Any]:
    answered: dict[str, Any] = {"description": route.summary}
    if route.face is Face.PAGE:
        if route.ok == 200:
            answered["content"] = {HTML: {"schema": TEXT}}
    elif route.ok != 204:
        members: dict[str, Any] = {name: {} for name in route.gives}
        schema = {"properties": members} if route.media == JSON else TEXT
        answered["content"] = {route.media: {"schema": schema}}
    return answered


def _refusal(route: Route, status: int) -> dict[str, Any]:
    if route.face is Face.PAGE:
        return {"description": "A page", "content": {HTML: {"schema": TEXT}}}
    error = {"$ref": "#/components/schemas/Error"}
    return {"description": f"Refused ({status})", "content": {JSON: {"schema": error}}}


def _error() -> dict[str, Any]:
    """RFC 6749 5.2."""
    members = {"error": TEXT, "error_description": TEXT}
    return {"type": "object", "properties": members, "required": ["error"]}
