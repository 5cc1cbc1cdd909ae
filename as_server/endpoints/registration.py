"""registration_endpoint: open, and weak on purpose (RFC 7591; HEART OAuth 3.1.3).

POST /register
{"client_name": "...", "redirect_uris": ["https://..."], "jwks": {"keys": [...]}}
"""

from flask import Response, jsonify, request

from as_server.clients.metadata import validate
from as_server.clients.static import fill
from as_server.context import current_as, work
from as_server.errors import (
    InvalidClientMetadata,
    InvalidSoftwareStatement,
    TooManyRequests,
    UnapprovedSoftwareStatement,
)
from as_server.models import client_use
from as_server.models.client import Client
from heart_uma import typed
from heart_uma.jose import JoseError, peek
from heart_uma.loopback import is_loopback_url
from heart_uma.strict_json import StrictJsonError, loads

UNUSED_FOR = 86_400


def create() -> tuple[Response, int]:
    address = request.remote_addr or ""
    document = _document()
    _refuse_statement(document)
    kept = validate(
        document,
        dynamic=True,
        loopback_allowed=is_loopback_url(current_as.settings.issuer),
        id_token_algorithms=current_as.keys.id_token_algorithms,
    )
    if wait := current_as.rate_limits.registration.claim(address):
        raise TooManyRequests("Too many registrations.", headers={"Retry-After": str(wait)})
    client_use.forget_unused(work().db, before=work().now - UNUSED_FOR)
    client = Client(
        client_id=typed.new(16),
        name="",
        auth_method="",
        registration="{}",
        created_at=work().now,
    )
    fill(client, kept)
    work().db.add(client)
    issued = {"client_id": client.client_id, "client_id_issued_at": client.created_at}
    return jsonify({**issued, **kept}), 201


def _document() -> dict[str, object]:
    if request.mimetype != "application/json":
        raise InvalidClientMetadata("The body must be application/json.")
    try:
        document = loads(request.get_data())
    except StrictJsonError as error:
        raise InvalidClientMetadata(f"The body cannot be used: {error}.") from error
    if not isinstance(document, dict):
        raise InvalidClientMetadata("The metadata must be one JSON object.")
    return document


def _refuse_statement(document: dict[str, object]) -> None:
    """No registration authority is trusted here, so no statement can be approved (RFC 7591 2.3)."""
    statement = document.get("software_statement")
    if statement is None:
        return
    try:
        if not isinstance(statement, str):
            raise JoseError("not a text")
        peek(statement)
    except JoseError as error:
        raise InvalidSoftwareStatement("The software statement cannot be read.") from error
    raise UnapprovedSoftwareStatement("No authority that signs statements is trusted here.")
