"""token_endpoint: code, refresh token or permission ticket in, tokens out (RFC 6749 3.2).

POST /token
grant_type=authorization_code&code=...&code_verifier=...&redirect_uri=...&client_assertion=...
"""

from collections.abc import Callable
from functools import partial
from typing import Any, Final

from flask import Response, jsonify, request

from as_server.clients.profiles import CLIENT_CREDENTIALS
from as_server.context import current_as, proof_of_client, spent, work
from as_server.errors import InvalidRequest, UnsupportedGrantType
from as_server.grants import (
    ahead,
    authorization_code,
    client_credentials,
    refresh_token,
    uma_ticket,
)
from as_server.grants.outcomes import Outcome, RptIssued
from as_server.grants.token_request import TokenRequest
from as_server.messages.form import read_form
from as_server.models.client import UMA_TICKET

GRANTS: Final[dict[str, Callable[[TokenRequest], dict[str, Any] | Outcome]]] = {
    "authorization_code": authorization_code.answer,
    "refresh_token": refresh_token.answer,
    UMA_TICKET: uma_ticket.answer,
    CLIENT_CREDENTIALS: client_credentials.answer,
}
"""What a request of each grant type brings: a token response (RFC 6749 5.1), or what came of a
permission ticket. A request that is wrong is an error."""


def create() -> Response:
    form = read_form(request, repeatable=("resource",))
    grant_type = form.get("grant_type")
    if not grant_type:
        raise InvalidRequest("A grant_type is needed.")
    if grant_type not in GRANTS:
        raise UnsupportedGrantType("This grant_type is not offered.")
    proof = proof_of_client(form, allow_public=True)
    asked = TokenRequest(work(), current_as.issuer, proof.client, form)
    grant = GRANTS[grant_type]
    if grant_type == UMA_TICKET:
        # Reading, checking and signing hold nobody up: the turn to write comes after.
        grant = partial(uma_ticket.answer, ahead=ahead.decide(asked))
    spent(proof)
    came_of_it = grant(asked)
    if isinstance(came_of_it, dict):
        return _written(came_of_it, 200)
    granted = isinstance(came_of_it, RptIssued)
    return _written(came_of_it.to_wire(), 200 if granted else 403)


def _written(body: dict[str, Any], status: int) -> Response:
    """The answer of RFC 6749 5.1, which nobody may keep."""
    response = jsonify(body)
    response.status_code = status
    response.headers["Cache-Control"] = "no-store"
    # Exactly this: some clients refuse a charset parameter.
    response.headers["Content-Type"] = "application/json"
    return response
