"""Client authentication at the token, revocation and introspection endpoints (RFC 7523, HO-38..53).

Two methods and no more: `private_key_jwt`, and `none` for public clients where an endpoint allows
them. Every failure is a 401 `invalid_client`; what is wrong is told only to who holds the key.
"""

from functools import partial
from typing import Any

from flask import request
from werkzeug.datastructures import MultiDict

from as_server import cross_origin
from as_server.context import current_as, now
from as_server.db import commit, reader, session, transaction
from as_server.errors import InvalidClient, InvalidRequest
from as_server.models import client as clients
from as_server.models import client_use, used_jti
from as_server.models.client import Client
from heart_uma.client_auth import ASSERTION_TYPE
from heart_uma.jose import LEEWAY, ClaimRefused, JoseError, decode_jwt, peek

TOKEN_PATH = "/token"  # noqa: S105 - an address, not a secret
JTI_LENGTH = range(22, 257)
SIGNING_ALG = "token_endpoint_auth_signing_alg"
REFUSED = "Client authentication failed."


def authenticate_client(form: MultiDict[str, str], *, allow_public: bool) -> Client:
    """The client that sent this form, noted as the one whose pages may read the answer."""
    client = _authenticated(form, allow_public=allow_public)
    cross_origin.named(client.client_id)
    return client


def _authenticated(form: MultiDict[str, str], *, allow_public: bool) -> Client:
    """The client, or why not.

    With `client_assertion`: the assertion is checked and its jti is spent, in the request's
    transaction, before this returns; so a second use fails even if the first request did. With
    `client_id` alone: a public client, if `allow_public`. Raises `InvalidClient` (401), or
    `InvalidRequest` when two methods are used at once (RFC 6749 2.3).
    """
    assertion = form.get("client_assertion")
    in_header = request.headers.get("Authorization", "").split(" ", 1)[0].lower()
    # Introspection may carry a PAT beside the assertion: a bearer token is no client method.
    if assertion and in_header == "bearer":
        in_header = ""
    if assertion and (in_header or "client_secret" in form):
        raise InvalidRequest("More than one way of client authentication was used.")
    if in_header == "basic":
        raise InvalidClient(REFUSED, headers={"WWW-Authenticate": 'Basic realm="token"'})
    if in_header or "client_secret" in form:
        raise InvalidClient(REFUSED)
    if assertion or "client_assertion_type" in form:
        return _with_assertion(form, assertion or "")
    client = clients.by_id(session(), form.get("client_id", ""))
    if client is None or not client.is_public or not allow_public:
        raise InvalidClient(REFUSED)
    client_use.note(session(), client.client_id, now())
    return client


def _with_assertion(form: MultiDict[str, str], assertion: str) -> Client:
    if form.get("client_assertion_type") != ASSERTION_TYPE:
        raise InvalidClient(REFUSED)
    try:
        header, unchecked = peek(assertion)
        client = _client_named(unchecked.get("iss"), form.get("client_id"))
        claims = _check(assertion, client)
        if header.get("alg") != client.metadata_members.get(SIGNING_ALG, header.get("alg")):
            raise ClaimRefused("it is not signed with the alg that was registered")
    except ClaimRefused as error:
        # The signature fits: whoever holds the key may know what is wrong with the rest.
        raise InvalidClient(f"The client assertion is refused: {error}.") from error
    except JoseError as error:
        raise InvalidClient(REFUSED) from error
    # As long as it would be taken.
    until = int(claims["exp"]) + LEEWAY
    if not used_jti.spend(transaction(), client.client_id, claims["jti"], until):
        raise InvalidClient("The client assertion is refused: its jti was used before.")
    if client.used_at is None:
        client_use.note(session(), client.client_id, now())
    return client


def _client_named(issuer: Any, client_id: str | None) -> Client:
    if not isinstance(issuer, str) or (client_id is not None and client_id != issuer):
        raise InvalidClient(REFUSED)
    with reader() as connection:
        client = clients.by_id(connection, issuer)
    if client is None or client.auth_method != "private_key_jwt":
        raise InvalidClient(REFUSED)
    return client


def _check(assertion: str, client: Client) -> dict[str, Any]:
    settings = current_as.settings
    if "jwks_uri" in client.metadata_members:
        # The keys may have to be fetched from a stranger: no lock is held meanwhile (DOS-20).
        commit()
    keys = current_as.client_keys.of(client)
    claims = decode_jwt(
        "client_assertion",
        assertion,
        keys,
        issuer=client.client_id,
        # One audience, exactly the issuer or the token endpoint: an assertion made for
        # another server must not work here, nor the other way round.
        audience=(settings.issuer, settings.issuer + TOKEN_PATH),
        single_audience=True,
        now=current_as.clock(),
        max_life=settings.assertion_lifetime,
        max_age=settings.assertion_lifetime + LEEWAY,
        fresh=partial(current_as.client_keys.of, client, fresh=True),
    )
    jti = claims.get("jti")
    if claims.get("sub") != client.client_id:
        raise ClaimRefused("sub is not the client")
    if not isinstance(jti, str) or len(jti) not in JTI_LENGTH:
        raise ClaimRefused("jti needs 22 to 256 characters")
    return claims
