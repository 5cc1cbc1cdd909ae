"""introspection_endpoint: what a token is worth right now (RFC 7662, FedAuthz 5).

    POST /introspect
    Authorization: Bearer <PAT>
    token=...

Everything that is not an answer is `{"active": false}`.
"""

from flask import Response, jsonify, request
from werkzeug.datastructures import MultiDict

from as_server.context import authenticated_client, bearer_token, current_as, work
from as_server.errors import InvalidClient, InvalidRequest
from as_server.messages.form import read_form
from as_server.models.token import hash_of
from as_server.sharing import introspected_access, introspected_rpt, refused_tries

MAX_TOKEN = 16_384


def create() -> Response:
    form = read_form(request)
    value = form.get("token", "")
    if value and len(value) <= MAX_TOKEN and "client_assertion" not in form:
        known = _usual(value)
        if known is not None:
            return current_as.response_class(known, mimetype="application/json")
    caller, owner = _authenticate(form)
    if not value:
        raise InvalidRequest("A token is needed.")
    digest = hash_of(value) if len(value) <= MAX_TOKEN else ""
    here = work(), current_as.issuer
    if owner is None:
        found = introspected_access.of_anybody(*here, digest, value, caller)
        return jsonify(found or {"active": False})
    found = introspected_rpt.members(*here, digest, caller, owner)
    found = found or introspected_access.of_owner(*here, digest, caller, owner)
    if found is None:
        refused_tries.note(work(), digest, caller, owner)
    return jsonify(found or {"active": False})


def _usual(value: str) -> bytes | None:
    header = request.headers.get_all("Authorization")
    return introspected_rpt.usual(
        work(),
        current_as.issuer,
        current_as.remembered_answers,
        header,
        value,
        lambda members: jsonify(members).get_data(),
    )


def _authenticate(form: MultiDict[str, str]) -> tuple[str, str | None]:
    """The calling RS client and, with a PAT, its owner. Both credentials have to agree."""
    with_pat = "Authorization" in request.headers
    with_key = "client_assertion" in form
    token = bearer_token("uma_protection") if with_pat or not with_key else None
    if not with_key:
        return (token.client_id, token.account_key) if token else ("", None)
    client = authenticated_client(form, allow_public=False)
    work().commit()  # spent, and neither the turn nor a connection is held while others are asked
    if token is not None and token.client_id != client.client_id:
        raise InvalidClient("The PAT was not issued to this client.")
    return client.client_id, None if token is None else token.account_key
