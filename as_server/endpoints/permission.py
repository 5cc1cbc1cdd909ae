"""permission_endpoint: an RS asks for a ticket for what a client attempted (FedAuthz 4).

POST /permission
Authorization: Bearer <PAT>
[{"resource_id": "...", "resource_scopes": ["patient/Condition.read", "conf/N"]}]
"""

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from flask import Response, jsonify, request

from as_server.context import bearer_token, current_as, work
from as_server.errors import InvalidRequest, InvalidResourceId, InvalidScope
from as_server.messages.json_body import read_json
from as_server.models import requested_resource, ticket

MAX_PERMISSIONS = 200
MAX_SCOPES = 300


def create() -> Response:
    token = bearer_token("uma_protection")
    asked = _read_permissions(read_json(request))
    # Without the turn to write: what is taken away meanwhile counts when the ticket is traded.
    with work().reading() as connection:
        registered = requested_resource.scopes_by_id(
            connection, token.account_key, token.client_id, asked
        )
    # All or nothing, and the id before the scope: one fixed answer for one request (FedAuthz 4.3).
    if registered.keys() != asked.keys():
        raise InvalidResourceId("A resource_id is not registered here.")
    if not all(scopes <= registered[resource_id] for resource_id, scopes in asked.items()):
        raise InvalidScope("A scope is not registered for its resource.")
    value = ticket.mint(
        work().connection,
        current_as.issuer.seals,
        token.account_key,
        token.client_id,
        _written(asked),
        work().now,
    )
    response = jsonify(ticket=value)
    response.status_code = 201
    return response


def _written(asked: Mapping[str, frozenset[str]]) -> str:
    """What a ticket stands for, as JSON."""
    members = (f"{json.dumps(name)}: {_scopes(scopes)}" for name, scopes in asked.items())
    return f"{{{', '.join(members)}}}"


@lru_cache(maxsize=1024)
def _scopes(scopes: frozenset[str]) -> str:
    """The same sets come again and again: one for each type."""
    return json.dumps(sorted(scopes))


def _read_permissions(body: Any) -> dict[str, frozenset[str]]:
    """One permission or an array (FedAuthz 4.1); the same resource twice is one, by union."""
    listed = body if isinstance(body, list) else [body]
    if not 0 < len(listed) <= MAX_PERMISSIONS:
        raise InvalidRequest("A permission request needs one permission or more.")
    asked: dict[str, frozenset[str]] = {}
    for permission in listed:
        if not isinstance(permission, dict):
            raise InvalidRequest("A permission must be an object.")
        resource_id, scopes = permission.get("resource_id"), permission.get("resource_scopes")
        if not isinstance(resource_id, str) or not 0 < len(resource_id) <= 256:
            raise InvalidRequest("resource_id must be a string.")
        if not isinstance(scopes, list) or not all(isinstance(scope, str) for scope in scopes):
            raise InvalidRequest("resource_scopes must be an array of strings.")
        if len(scopes) > MAX_SCOPES:
            raise InvalidScope("Too many scopes.")
        asked[resource_id] = asked.get(resource_id, frozenset()) | frozenset(scopes)
    return asked
