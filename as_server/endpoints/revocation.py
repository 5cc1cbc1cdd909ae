"""revocation_endpoint: a client ends a token of its own (RFC 7009, Grant 3.7).

POST /revoke
token=...&token_type_hint=refresh_token&client_assertion=...
"""

from flask import Response, jsonify, request

from as_server.context import authenticated_client, current_as, work
from as_server.errors import InvalidRequest
from as_server.messages.form import read_form
from as_server.models import persisted_claims, rpt_refresh, whose
from as_server.models import token as tokens
from as_server.sharing.ending import end_token


def create() -> Response:
    form = read_form(request)
    client = authenticated_client(form, allow_public=True)
    presented = form.get("token")
    if not presented:
        raise InvalidRequest("A token is needed.")
    # token_type_hint is not looked at: every kind is found by its hash, and a hint that is unknown
    # must not keep a token alive (RFC 7009 2.1, 2.2).
    owner = whose.owner_of(work().db, current_as.issuer.seals, presented)
    row = tokens.by_string(work().db, owner, presented)
    if row is None:
        row = rpt_refresh.find(work().db, owner, presented)
    # A foreign token is answered like an unknown one, and stays alive (RFC 7009 2.1).
    if row is not None and row.client_id == client.client_id:
        current_as.announcements.tell(work(), end_token(work(), row))
    elif row is None:
        persisted_claims.revoke(work().connection, owner, presented, client.client_id)
    return jsonify({})
