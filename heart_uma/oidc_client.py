"""Logging a person in: the way back, and the tokens for it (OpenID Connect Core 3.1)."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from typing import Any

import httpx

from heart_uma import token_endpoint
from heart_uma.authorization_request import LoginState
from heart_uma.client_auth import Client
from heart_uma.errors import UmaError
from heart_uma.jose import KeySet
from heart_uma.metadata import AsMetadata
from heart_uma.published_keys import FreshKeys
from heart_uma.tokens import Tokens, read_tokens


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
    body = _granted(http, metadata, credentials, form)
    tokens = read_tokens(body, metadata, credentials, keys, login.nonce, fresh)
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
    body = _granted(http, metadata, credentials, form)
    return read_tokens(body, metadata, credentials, keys, None, fresh)


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


def _is_from(metadata: AsMetadata, login: LoginState, iss: str | None) -> bool:
    """Whether the answer may come from the server that was asked (RFC 9207 2.4).

    One that does not announce `iss` may leave it out; an `iss` that is there has to be right.
    """
    if login.issuer != metadata.issuer:
        return False
    if iss is None:
        return metadata.document.get("authorization_response_iss_parameter_supported") is not True
    return iss == login.issuer


def _granted(
    http: httpx.Client, metadata: AsMetadata, client: Client, form: Mapping[str, str]
) -> dict[str, Any]:
    """The answer that holds tokens; raise UmaError with the code of any other."""
    status, body = token_endpoint.ask(http, metadata, client, form)
    if status != 200:
        code = body.get("error")
        raise UmaError(code if isinstance(code, str) else "refused", "", status)
    if not isinstance(body.get("access_token"), str):
        raise UmaError("bad_answer", "no access token", 200)
    return body
