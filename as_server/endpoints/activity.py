"""The AS-side history of an owner's sharing: issued, denied, asked, stopped (our extension).

GET /activity?before=120&count=50&event=turned_away&event=denied
Authorization: Bearer <token with scope uma_policy>
"""

from typing import Any

from flask import Response, jsonify, request
from sqlalchemy.orm import Session

from as_server.context import bearer_token, work
from as_server.errors import InvalidRequest
from as_server.models import audit
from as_server.models.account import Account
from as_server.models.audit import AuditEntry
from as_server.models.client import Client
from heart_uma.rfc3339 import print_seconds

MOST = 200


def list_all() -> Response:
    owner = bearer_token("uma_policy").account_key
    count, before = _number("count", 50), _number("before", None)
    events = set(request.args.getlist("event"))
    if events - set(audit.EVENTS):
        raise InvalidRequest("event must be one of " + ", ".join(audit.EVENTS) + ".")
    found = audit.of_owner(work().db, owner, before, min(count or MOST, MOST), events)
    last = found[-1].seq if found else None
    return jsonify(entries=[_wire(work().db, row) for row in found], next=last)


def _number(name: str, default: int | None) -> int | None:
    text = request.args.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit() and 0 < len(text) < 16):
        raise InvalidRequest(f"{name} must be a whole number.")
    return int(text)


def _wire(db: Session, row: AuditEntry) -> dict[str, Any]:
    account = db.get(Account, row.party) if row.party else None
    return {
        "seq": row.seq,
        "at": print_seconds(row.at),
        "event": row.event,
        "who": None
        if account is None
        else {
            "key": account.key,
            "name": account.name,
            "role": account.role,
            "organization": account.organization,
        },
        "client": _client_name(db, row.client_id),
        "rs": _client_name(db, row.rs_client_id),
        "policy": row.policy,
        "purpose_of_use": row.purpose,
        "reason": row.reason,
        "because": row.because,
    }


def _client_name(db: Session, client_id: str | None) -> str | None:
    client = db.get(Client, client_id) if client_id else None
    return None if client is None else client.name
