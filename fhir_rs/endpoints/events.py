"""Security Event Tokens pushed by an authorization server (RFC 8417, RFC 8935).

    POST /events
    Content-Type: application/secevent+jwt

An event raises the owner's epoch here, so that no answer from before it is used again. Receiving
one never calls the authorization server: a server that waits for its own push would wait for us.
The effect is a maximum, so the same event twice, or an old one late, changes nothing.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, jsonify, request
from flask.typing import ResponseReturnValue

from fhir_rs.context import current_request, current_rs
from fhir_rs.db import writing
from fhir_rs.models.epoch import raise_epoch
from fhir_rs.protection.introspection import MAX_EPOCH
from heart_uma.jose import JoseError, decode_jwt, peek

bp = Blueprint("events", __name__)

CLAIMS_CHANGE = "https://schemas.openid.net/secevent/caep/event-type/token-claims-change"
MAX_AGE = 7 * 86_400
"""Seconds an event may have waited in its sender's outbox."""


class _Refused(Exception):
    """An RFC 8935 2.4 error: `err` is one of its codes."""

    def __init__(self, err: str, description: str) -> None:
        super().__init__(description)
        self.err = err
        self.description = description


@bp.errorhandler(_Refused)
def _refused(error: _Refused) -> ResponseReturnValue:
    return jsonify(err=error.err, description=error.description), 400


def receive() -> ResponseReturnValue:
    """Take one event; 202 with an empty body once its effect is stored."""
    if request.mimetype != "application/secevent+jwt":
        raise _Refused("invalid_request", "the body must be application/secevent+jwt")
    claims = _verified(request.get_data(as_text=True).strip())
    sub, epoch = _subject_and_epoch(claims)
    with writing(current_rs.engine) as connection:
        raise_epoch(connection, claims["iss"], sub, epoch)
    return Response(status=202)


def _verified(token: str) -> dict[str, Any]:
    servers = current_rs.authorization_servers
    try:
        header, unchecked = peek(token)
    except JoseError as error:
        raise _Refused("invalid_request", "the body is not a security event token") from error
    issuer = unchecked.get("iss")
    server = servers.stored(issuer) if isinstance(issuer, str) else None
    if server is None:
        raise _Refused("invalid_issuer", "no record is linked to this issuer")
    if header.get("kid") not in {key.kid for key in server.keys.keys}:
        raise _Refused("invalid_key", "the key is not known here yet")
    if current_rs.settings.base_url not in _list(unchecked.get("aud")):
        raise _Refused("invalid_audience", "the event is for somebody else")
    try:
        return decode_jwt(
            "set",
            token,
            server.keys,
            issuer=server.issuer,
            audience=current_rs.settings.base_url,
            now=current_request().moment,
            max_age=MAX_AGE,
        )
    except JoseError as error:
        raise _Refused("authentication_failed", "the event is refused") from error


def _subject_and_epoch(claims: dict[str, Any]) -> tuple[str, int]:
    subject, events = claims.get("sub_id"), claims.get("events")
    event = events.get(CLAIMS_CHANGE) if isinstance(events, dict) else None
    changed = event.get("claims") if isinstance(event, dict) else None
    epoch = changed.get("heart_uma_epoch") if isinstance(changed, dict) else None
    if not isinstance(subject, dict) or subject.get("format") != "iss_sub":
        raise _Refused("invalid_request", "sub_id must have the format iss_sub")
    if subject.get("iss") != claims["iss"] or not isinstance(subject.get("sub"), str):
        # An authorization server speaks for its own people only.
        raise _Refused("invalid_request", "sub_id must name a subject of the issuer")
    if isinstance(epoch, bool) or not isinstance(epoch, int) or not 0 <= epoch < MAX_EPOCH:
        raise _Refused("invalid_request", "heart_uma_epoch must be a whole number")
    return subject["sub"], epoch


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
