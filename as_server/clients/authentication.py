"""Client authentication at the token, revocation and introspection endpoints (RFC 7523, HO-38..53).

Two methods for HEART's clients: `private_key_jwt`, and `none` for public clients where an endpoint
allows them. Clients of another profile may have a secret, of which only the hash is stored. Every
failure is a 401 `invalid_client`; what is wrong is told only to who holds the key.
"""

import base64
import hashlib
import hmac
from functools import partial
from typing import Any
from urllib.parse import unquote_plus

from flask import request
from werkzeug.datastructures import MultiDict

from as_server.clients import cross_origin
from as_server.clients.profiles import HEART, Profile, profile_of
from as_server.context import current_as, now
from as_server.db import commit, reader, session, transaction
from as_server.errors import InvalidClient, InvalidRequest
from as_server.models import client as clients
from as_server.models import client_use, used_jti
from as_server.models.client import Client
from heart_uma.client_auth import ASSERTION_TYPE
from heart_uma.jose import LEEWAY, ClaimRefused, JoseError, decode_jwt, peek

TOKEN_PATH = "/token"  # noqa: S105 - an address, not a secret
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
    secret = form.get("client_secret")
    if assertion and (in_header or secret):
        raise InvalidRequest("More than one way of client authentication was used.")
    if in_header == "basic":
        twice = secret is not None
        return _with_secret(("", "") if twice else _basic(form), "client_secret_basic")
    if in_header:
        raise InvalidClient(REFUSED)
    if secret is not None:
        return _with_secret((form.get("client_id", ""), secret), "client_secret_post")
    if assertion or "client_assertion_type" in form:
        return _with_assertion(form, assertion or "")
    client = clients.by_id(session(), form.get("client_id", ""))
    if client is None or not client.is_public or not allow_public or not _rules(client):
        raise InvalidClient(REFUSED)
    client_use.note(session(), client.client_id, now())
    return client


def _basic(form: MultiDict[str, str]) -> tuple[str, str]:
    """Id and secret of the Authorization header, each form-encoded (RFC 6749 2.3.1)."""
    try:
        raw = base64.b64decode(request.headers["Authorization"].split(" ", 1)[1], validate=True)
        client_id, _, secret = raw.decode().partition(":")
    except (IndexError, ValueError):
        client_id = secret = ""
    client_id, secret = unquote_plus(client_id), unquote_plus(secret)
    return ("", "") if form.get("client_id", client_id) != client_id else (client_id, secret)


def _with_secret(sent: tuple[str, str], method: str) -> Client:
    """A client whose profile has secrets, and which is registered for this way to send it."""
    client_id, secret = sent
    with reader() as connection:
        client = clients.by_id(connection, client_id)
    known = client.secret_hash if client is not None and client.auth_method == method else None
    digest = hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
    fits = hmac.compare_digest(digest, known or "")
    if client is None or not fits or _rules(client).name == HEART.name:
        challenge = {"WWW-Authenticate": 'Basic realm="token"'}
        raise InvalidClient(REFUSED, headers=challenge if method == "client_secret_basic" else None)
    if client.used_at is None:
        client_use.note(session(), client.client_id, now())
    return client


def _rules(client: Client) -> Profile:
    """The profile of the client; one that is not offered any more refuses it."""
    profile = profile_of(client, current_as.settings.client_profiles)
    if profile is None:
        raise InvalidClient(REFUSED)
    return profile


def _with_assertion(form: MultiDict[str, str], assertion: str) -> Client:
    if form.get("client_assertion_type") != ASSERTION_TYPE:
        raise InvalidClient(REFUSED)
    try:
        header, unchecked = peek(assertion)
        client = _client_named(unchecked.get("iss"), form.get("client_id"))
        claims = _check(assertion, client, "iat" in unchecked)
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


def _check(assertion: str, client: Client, dated: bool) -> dict[str, Any]:
    settings, profile = current_as.settings, _rules(client)
    life = profile.assertion_lifetime or settings.assertion_lifetime
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
        max_life=life,
        max_age=life + LEEWAY if dated or profile.needs_iat else None,
        fresh=partial(current_as.client_keys.of, client, fresh=True),
    )
    jti = claims.get("jti")
    if claims.get("sub") != client.client_id:
        raise ClaimRefused("sub is not the client")
    length = profile.jti_length
    if not isinstance(jti, str) or len(jti) not in length:
        raise ClaimRefused(f"jti needs {length.start} to {length.stop - 1} characters")
    return claims
