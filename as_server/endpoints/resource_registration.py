"""resource_registration_endpoint: what a resource server protects for an owner (FedAuthz 3).

POST /resource
Authorization: Bearer <PAT>
{"resource_scopes": ["patient/Condition.read", ...], "type": "http://hl7.org/fhir/...",
 "heart_uma_kind": "conditions", "heart_uma_record": "https://rs.example/fhir/r/..."}
"""

import json
from dataclasses import dataclass
from typing import Any, NoReturn

from flask import Response, jsonify, request

from as_server.context import bearer_token, current_as, work
from as_server.errors import InvalidRequest, NotFound, UnsupportedMethodType
from as_server.messages.json_body import read_object
from as_server.models import client as clients
from as_server.models import resource as resources
from as_server.models.resource import Resource
from as_server.sharing import audit, withdrawal
from as_server.tokens.bearer import BearerToken
from heart_uma.kinds import KIND_NAMES, kinds_of_type
from heart_uma.resources import STRUCTURE_DEFINITION

SCOPE = "uma_protection"
TEXT_MEMBERS = ("name", "description", "icon_uri", "type", "heart_uma_kind", "heart_uma_record")
MAX_SCOPES = 300
MAX_TEXT = 2000


def create() -> Response:
    token = bearer_token(SCOPE)
    slice_ = _read_description(token)
    row = Resource(
        id=resources.new_id(),
        owner=token.account_key,
        client_id=token.client_id,
        pat_family=token.family,
        created_at=work().now,
        updated_at=work().now,
        **slice_.columns(),
    )
    first = not resources.of_server(work().db, token.account_key, token.client_id)
    work().db.add(row)
    if first:
        audit.record(work(), "linked", token.account_key, rs_client_id=token.client_id)
    response = jsonify(_identity(row.id))
    response.status_code = 201
    response.headers["Location"] = f"{current_as.settings.issuer}/resource/{row.id}"
    return response


def list_all() -> Response:
    token = bearer_token(SCOPE)
    return jsonify(resources.of_server(work().db, token.account_key, token.client_id))


def read(resource_id: str) -> Response:
    row = _own(bearer_token(SCOPE), resource_id)
    return jsonify({**row.members, **_identity(row.id)})


def update(resource_id: str) -> Response:
    """Replace a description whole (FedAuthz 3.2.3); what it no longer offers ends at once."""
    token = bearer_token(SCOPE)
    row = _own(token, resource_id)
    columns = _read_description(token).columns()
    if any(getattr(row, name) != value for name, value in columns.items()):
        for name, value in columns.items():
            setattr(row, name, value)
        row.updated_at = work().now
        withdrawal.narrowed(work(), token.account_key)
        current_as.announcements.take_effect(work(), token.account_key)
    return jsonify(_identity(row.id))


def delete(resource_id: str) -> Response:
    token = bearer_token(SCOPE)
    work().db.delete(_own(token, resource_id))
    withdrawal.narrowed(work(), token.account_key, also_tell=(token.client_id,))
    current_as.announcements.take_effect(work(), token.account_key)
    return Response(status=204)


def unsupported_on_all() -> Response:
    _refuse_method("GET, POST")


def unsupported_on_one(resource_id: str) -> Response:
    _refuse_method("GET, PUT, DELETE")


@dataclass(frozen=True, slots=True)
class Slice:
    """A checked description: the members as sent, and what decisions need of them."""

    members: dict[str, Any]
    fhir_type: str
    kind: str
    record: str

    def columns(self) -> dict[str, str]:
        return {
            "fhir_type": self.fhir_type,
            "kind": self.kind,
            "record": self.record,
            "name": self.members.get("name", ""),
            "scopes": json.dumps(sorted(set(self.members["resource_scopes"]))),
            "description": json.dumps(self.members, separators=(",", ":")),
        }


def _refuse_method(allowed: str) -> NoReturn:
    bearer_token(SCOPE)
    raise UnsupportedMethodType(
        f"{request.method} is not offered here.", headers={"Allow": allowed}
    )


def _own(token: BearerToken, resource_id: str) -> Resource:
    row = resources.one(work().db, token.account_key, token.client_id, resource_id)
    if row is None:
        raise NotFound("No such resource is registered.")
    return row


def _identity(resource_id: str) -> dict[str, str]:
    # The page asks the owner to sign in: knowing its address gives nothing (FedAuthz 3.2).
    page = f"{current_as.settings.portal_url}/?resource={resource_id}"
    return {"_id": resource_id, "user_access_policy_uri": page}


def _read_description(token: BearerToken) -> Slice:
    """Validate a description; an `_id` or an owner in it has no effect (FedAuthz 3.2)."""
    body = read_object(request)
    scopes = body.get("resource_scopes")
    if not isinstance(scopes, list) or not all(isinstance(scope, str) for scope in scopes):
        raise InvalidRequest("resource_scopes must be an array of strings.")
    if len(scopes) > MAX_SCOPES or any(not 0 < len(scope) <= 256 for scope in scopes):
        raise InvalidRequest("resource_scopes is too long.")
    for member in TEXT_MEMBERS:
        value = body.get(member, "")
        if not isinstance(value, str) or len(value) > MAX_TEXT:
            raise InvalidRequest(f"{member} must be a short string.")
    fhir_type = body.get("type", "").removeprefix(STRUCTURE_DEFINITION)
    kind = body.get("heart_uma_kind") or kinds_of_type(fhir_type)[0]
    if kind not in KIND_NAMES:
        raise InvalidRequest("heart_uma_kind is not a kind of record.")
    record = body.get("heart_uma_record", "")
    if record:
        _check_record(token, record)
    members = {name: value for name, value in body.items() if name not in ("_id", "owner")}
    return Slice(members, fhir_type, kind, record)


def _check_record(token: BearerToken, record: str) -> None:
    """A record lies under the base its RS registered: else one RS could name another's records,
    and be handed what the owner picked there."""
    server = clients.by_id(work().db, token.client_id)
    base = None if server is None else server.rs_base
    if not base or not record.startswith(f"{base}/") or record.endswith("/"):
        raise InvalidRequest("heart_uma_record must lie under the base of this resource server.")
