"""The owner's linked records: which resource servers hold what, and unlinking one (FedAuthz 8).

GET /policy/records
DELETE /policy/records?record=https://rs.example/fhir/r/...
DELETE /policy/records?client_id=...
"""

from typing import Any

from flask import Response, jsonify, request

from as_server.context import bearer_token, current_as, work
from as_server.errors import NotFound
from as_server.models import client as clients
from as_server.models import resource as resources
from as_server.models import token_revocation
from as_server.models.resource import Resource
from as_server.sharing import audit, withdrawal

SCOPE = "uma_policy"


def list_all() -> Response:
    owner = bearer_token(SCOPE).account_key
    by_record: dict[tuple[str, str], list[Resource]] = {}
    for row in resources.of_owner(work().db, owner):
        by_record.setdefault((row.record, row.client_id), []).append(row)
    return jsonify(records=[_record(*place, rows) for place, rows in by_record.items()])


def delete() -> Response:
    """Unlink: the PAT it was registered under dies with its refresh token, and nothing of
    the record can be granted any more."""
    token = bearer_token(SCOPE)
    owner = token.account_key
    record, place = request.args.get("record", ""), request.args.get("client_id", "")
    # A resource server without our extensions registers no record: it is unlinked as a whole.
    rows = [
        row
        for row in resources.of_owner(work().db, owner)
        if (row.record == record if record else not row.record and row.client_id == place)
    ]
    if not rows:
        raise NotFound("No such record is linked.")
    for family in {row.pat_family for row in rows}:
        token_revocation.revoke_family(work().connection, owner, family, work().now)
    resources.remove(work().db, owner, record, place)
    servers = tuple(sorted({row.client_id for row in rows}))
    for client_id in servers:
        audit.record(work(), "unlinked", owner, client_id=token.client_id, rs_client_id=client_id)
    withdrawal.narrowed(work(), owner, also_tell=servers)
    return jsonify(record=record, effect=current_as.announcements.take_effect(work(), owner))


def _record(record: str, client_id: str, rows: list[Resource]) -> dict[str, Any]:
    server = clients.by_id(work().db, client_id)
    return {
        "record": record,
        "rs": "" if server is None else server.name,
        "rs_base": "" if server is None else server.rs_base or "",
        "client_id": client_id,
        "resources": [
            {"_id": row.id, "type": row.fhir_type, "kind": row.kind, "name": row.name}
            for row in rows
        ],
    }
