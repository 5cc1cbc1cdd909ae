"""Apps and people of a benchmark, each through the same registration and pages as anyone's."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from secrets import token_urlsafe
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx

from bench.tools import Browser, sign_in_and_allow
from demo.cast import PASSWORD
from heart_ground.oauth_client import LIFE, OAuthClient
from heart_uma import authorization_request, oidc_client
from heart_uma.client_auth import ASSERTION_TYPE
from heart_uma.jose import KeySet, sign
from heart_uma.metadata import UMA_TICKET_GRANT, AsMetadata, discover
from heart_uma.published_keys import fetch_keys
from heart_uma.tokens import Tokens

RETURN_TO = "http://127.0.0.1:9/return"


def utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass
class Allowed:
    """An app that a person has allowed: its credentials and the tokens it got."""

    http: httpx.Client
    metadata: AsMetadata
    client: OAuthClient
    own_keys: KeySet
    keys: KeySet
    tokens: Tokens

    def fresh_id_token(self) -> str:
        """A live one: it proves who asks for five minutes."""
        token = self.tokens.refresh_token
        assert token is not None
        self.tokens = oidc_client.refresh(self.http, self.metadata, self.client, self.keys, token)
        assert self.tokens.id_token is not None
        return self.tokens.id_token

    def proof(self) -> dict[str, str]:
        """The form members that prove one request of this app."""
        return {
            "client_id": self.client.client_id,
            "client_assertion_type": ASSERTION_TYPE,
            "client_assertion": self.assertions(1)[0],
        }

    def assertions(self, count: int) -> list[str]:
        """Client assertions, signed before the clock runs: a client's own work is not measured."""
        name, issued = self.client.client_id, int(utc_now().timestamp())
        claims = {"iss": name, "sub": name, "aud": self.metadata.issuer, "iat": issued,
                  "exp": issued + LIFE}  # fmt: skip
        return [
            sign("client_assertion", {**claims, "jti": token_urlsafe(24)}, self.own_keys)
            for _ in range(count)
        ]


def allowed_by(
    http: httpx.Client,
    issuer: str,
    login: str,
    scope: str,
    *,
    name: str,
    return_to: str = RETURN_TO,
    **metadata: Any,
) -> Allowed:
    """Register an app and let `login` sign in and allow it; nothing need be at `return_to`."""
    found = discover(http, issuer)
    own_keys = KeySet.generate()
    about = {"redirect_uris": [return_to], "jwks": own_keys.public_jwks(), **metadata}
    client_id = _register(http, found, scope, name, about)
    client = OAuthClient(client_id, own_keys.signing_key, utc_now)
    keys = fetch_keys(http, found)
    address, state = authorization_request.start(
        found, client_id, return_to, scope, address=client.authorization_address
    )
    with Browser(stop_at=return_to) as browser:
        page = sign_in_and_allow(browser, browser.get(address), login, PASSWORD)
    answer = dict(parse_qsl(urlsplit(page.url).query))
    tokens = oidc_client.finish(http, found, client, keys, state, answer)
    return Allowed(http, found, client, own_keys, keys, tokens)


def _register(
    http: httpx.Client, found: AsMetadata, scope: str, name: str, more: dict[str, Any]
) -> str:
    body = {
        "client_name": name,
        "application_type": "native",
        "grant_types": ["authorization_code", "refresh_token", UMA_TICKET_GRANT],
        "response_types": ["code"],
        "token_endpoint_auth_method": "private_key_jwt",
        "scope": scope,
        **more,
    }
    answer = http.post(found["registration_endpoint"], json=body)
    if answer.status_code != 201:
        raise RuntimeError(f"registration of {name}: {answer.status_code} {answer.text[:300]}")
    return str(answer.json()["client_id"])
