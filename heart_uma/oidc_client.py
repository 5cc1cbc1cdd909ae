"""Logging a person in: code flow with PKCE, ID token checked (OpenID Connect Core 3.1)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import urlencode

import httpx

from heart_uma.client_auth import Client
from heart_uma.errors import UmaError
from heart_uma.jose import NO_BOUND, JoseError, KeySet, decode_jwt
from heart_uma.metadata import AsMetadata
from heart_uma.strict_json import StrictJsonError, loads

FreshKeys = Callable[[], KeySet]
"""Fetches an authorization server's keys again; may raise UmaError."""
STATE_BYTES = 24
"""Random bytes of state, nonce and verifier seeds: 192 bits (RFC 6749 10.10 asks for 128)."""


@dataclass(frozen=True, slots=True)
class LoginState:
    """What must be remembered between the redirect out and the redirect back, in the session."""

    state: str
    nonce: str
    verifier: str
    redirect_uri: str
    issuer: str

    def to_dict(self) -> dict[str, str]:
        """The plain form for a sealed session."""
        return asdict(self)

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> LoginState:
        """Read it back; raise KeyError when a part is missing."""
        names = ("state", "nonce", "verifier", "redirect_uri", "issuer")
        return cls(**{name: str(content[name]) for name in names})


@dataclass(frozen=True, slots=True)
class Tokens:
    """A token answer: lives in seconds; `claims` are those of the checked ID token, if any."""

    access_token: str
    expires_in: int
    refresh_token: str | None
    scope: str
    id_token: str | None
    claims: Mapping[str, Any]


def plain_address(endpoint: str, parameters: Mapping[str, str], verifier: str) -> str:
    """The authorization request as an address, with the challenge of `verifier` (RFC 7636 4.2)."""
    digest = hashlib.sha256(verifier.encode()).digest()
    query = {
        **parameters,
        "response_type": "code",
        "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
        "code_challenge_method": "S256",
    }
    return f"{endpoint}?{urlencode(query)}"


def start(
    metadata: AsMetadata,
    client_id: str,
    redirect_uri: str,
    scope: str,
    *,
    address: Callable[[str, Mapping[str, str], str], str] = plain_address,
    **parameters: str,
) -> tuple[str, LoginState]:
    """The URL to send the browser to, and the state to keep.

    `parameters` are more authorization request parameters (`prompt`, `login_hint`, `max_age`);
    `address` writes the request down.
    """
    login = LoginState(
        state=secrets.token_urlsafe(STATE_BYTES),
        nonce=secrets.token_urlsafe(STATE_BYTES),
        verifier=secrets.token_urlsafe(48),
        redirect_uri=redirect_uri,
        issuer=metadata.issuer,
    )
    sent = {
        "client_id": client_id,
        "redirect_uri": redirect_uri,
        "scope": scope,
        "state": login.state,
        "nonce": login.nonce,
        **parameters,
    }
    return address(metadata["authorization_endpoint"], sent, login.verifier), login


def fetch_keys(http: httpx.Client, metadata: AsMetadata) -> KeySet:
    """The AS's public keys from `jwks_uri`; raise UmaError when they cannot be had."""
    try:
        answer = http.get(metadata["jwks_uri"], headers={"Accept": "application/json"})
        if answer.status_code != 200:
            raise UmaError("unreachable", "no keys", answer.status_code)
        return KeySet.from_jwks(loads(answer.content))
    except httpx.HTTPError as error:
        raise UmaError("unreachable", "the authorization server does not answer") from error
    except (StrictJsonError, JoseError) as error:
        raise UmaError("bad_answer", "the key set cannot be read") from error


def _token_answer(
    http: httpx.Client, metadata: AsMetadata, client: Client, form: dict[str, str]
) -> dict[str, Any]:
    try:
        answer = client.token_answer(http, metadata["token_endpoint"], metadata.issuer, form)
        if answer.status_code >= 500:  # it decided nothing, whatever its body is
            raise UmaError("unreachable", "the server cannot answer now", answer.status_code)
        body = loads(answer.content)
    except httpx.HTTPError as error:
        raise UmaError("unreachable", "the authorization server does not answer") from error
    except StrictJsonError as error:
        raise UmaError("bad_answer", "the answer is not JSON") from error
    if not isinstance(body, dict):
        raise UmaError("bad_answer", "the answer is not an object", answer.status_code)
    if answer.status_code != 200:
        code = body.get("error")
        raise UmaError(code if isinstance(code, str) else "refused", "", answer.status_code)
    if not isinstance(body.get("access_token"), str):
        raise UmaError("bad_answer", "no access token", 200)
    return body


def _tokens(
    body: dict[str, Any],
    metadata: AsMetadata,
    credentials: Client,
    keys: KeySet,
    nonce: str | None,
    fresh: FreshKeys | None,
) -> Tokens:
    id_token, claims = body.get("id_token"), {}
    if isinstance(id_token, str):
        try:
            claims = decode_jwt(
                "id_token",
                id_token,
                keys,
                issuer=metadata.issuer,
                audience=credentials.client_id,
                now=credentials.clock(),
                max_age=600,
                # OpenID Connect sets no longest life, and other servers choose hours (Core 2).
                max_life=NO_BOUND,
                fresh=fresh,
            )
        except JoseError as error:
            raise UmaError("bad_answer", f"the ID token is refused: {error}") from error
        if nonce is not None and claims.get("nonce") != nonce:
            raise UmaError("bad_answer", "the ID token answers another login")
        if claims.get("azp", credentials.client_id) != credentials.client_id:
            raise UmaError("bad_answer", "the ID token was issued to another client")
        if not isinstance(claims.get("sub"), str) or not claims["sub"]:
            raise UmaError("bad_answer", "the ID token names nobody")
    life, refresh_token = body.get("expires_in"), body.get("refresh_token")
    return Tokens(
        access_token=body["access_token"],
        expires_in=life if isinstance(life, int) and not isinstance(life, bool) else 0,
        refresh_token=refresh_token if isinstance(refresh_token, str) else None,
        scope=str(body.get("scope", "")),
        id_token=id_token if isinstance(id_token, str) else None,
        claims=claims,
    )


def _is_from(metadata: AsMetadata, login: LoginState, iss: str | None) -> bool:
    """Whether the answer may come from the server that was asked (RFC 9207 2.4).

    One that does not announce `iss` may leave it out; an `iss` that is there has to be right.
    """
    if login.issuer != metadata.issuer:
        return False
    if iss is None:
        return metadata.document.get("authorization_response_iss_parameter_supported") is not True
    return iss == login.issuer


def finish(
    http: httpx.Client,
    metadata: AsMetadata,
    credentials: Client,
    keys: KeySet,
    login: LoginState,
    answer: Mapping[str, str],
    *,
    fresh: FreshKeys | None = None,
) -> Tokens:
    """Turn the redirect's parameters into tokens, with every check of OpenID Connect Core 3.1.3.7
    and RFC 9207.

    `keys` may be some minutes old. If they do not explain the ID token, `fresh` fetches them again
    and this very answer is checked once more: its code is spent (OIDC Core 10.1.1).

    Raise UmaError with the AS's error code when it refused, or `bad_answer` when `state`, `iss`,
    the nonce or the ID token do not fit this login; no token request is sent in the latter case.
    """
    if not hmac.compare_digest(answer.get("state", "").encode(), login.state.encode()):
        raise UmaError("bad_answer", "the answer belongs to another login")
    # Mix-up: the answer must come from the AS that was asked (RFC 9207).
    if not _is_from(metadata, login, answer.get("iss")):
        raise UmaError("bad_answer", "the answer comes from another authorization server")
    if "error" in answer:
        raise UmaError(answer["error"], "the authorization server refused")
    if not answer.get("code"):
        raise UmaError("bad_answer", "no code in the answer")
    form = {
        "grant_type": "authorization_code",
        "code": answer["code"],
        "redirect_uri": login.redirect_uri,
        "code_verifier": login.verifier,
    }
    body = _token_answer(http, metadata, credentials, form)
    tokens = _tokens(body, metadata, credentials, keys, login.nonce, fresh)
    if tokens.id_token is None:
        raise UmaError("bad_answer", "no ID token in the answer")
    return tokens


def refresh(
    http: httpx.Client,
    metadata: AsMetadata,
    credentials: Client,
    keys: KeySet,
    refresh_token: str,
    *,
    resource: str | None = None,
    scope: str | None = None,
    fresh: FreshKeys | None = None,
) -> Tokens:
    """New tokens from a refresh token; `resource` picks the audience (RFC 8707).

    `fresh` is for an ID token under a new key, as in `finish`: the refresh token is spent. The
    answer's refresh token replaces the one sent. Raise UmaError (`invalid_grant` when the grant is
    over).
    """
    form = {
        "grant_type": "refresh_token",
        "refresh_token": refresh_token,
    }
    if resource is not None:
        form["resource"] = resource
    if scope is not None:
        form["scope"] = scope
    body = _token_answer(http, metadata, credentials, form)
    return _tokens(body, metadata, credentials, keys, None, fresh)


def revoke(http: httpx.Client, metadata: AsMetadata, credentials: Client, token: str) -> bool:
    """Give a refresh token back at sign-out (RFC 7009); False when the AS did not take it.

    Best effort: the caller forgets the token in any case.
    """
    endpoint = metadata.get("revocation_endpoint")
    if endpoint is None:
        return False
    try:
        answer = credentials.revocation_answer(
            http, endpoint, metadata.issuer, token, "refresh_token"
        )
    except httpx.HTTPError:
        return False
    return answer.status_code == 200
