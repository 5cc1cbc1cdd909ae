"""A client proves itself with private_key_jwt (RFC 7523, OpenID Connect Core 9)."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import httpx

from heart_uma.jose import KeySet, sign

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
LIFE = 60
"""Seconds that an assertion lives."""


def client_assertion(client_id: str, keys: KeySet, audience: str, now: datetime) -> str:
    """A fresh assertion for `audience`, the AS's issuer or its token endpoint."""
    issued = int(now.timestamp())
    claims = {
        "iss": client_id,
        "sub": client_id,
        "aud": audience,
        "iat": issued,
        "exp": issued + LIFE,
        "jti": secrets.token_urlsafe(24),
    }
    return sign("client_assertion", claims, keys)


class Client(Protocol):
    """A client as its requests are made and proven; what comes back is checked by who asks."""

    @property
    def client_id(self) -> str: ...
    @property
    def clock(self) -> Callable[[], datetime]: ...
    def token_answer(
        self, http: httpx.Client, endpoint: str, issuer: str, form: Mapping[str, str]
    ) -> httpx.Response:
        """What the token endpoint says to `form`; raise httpx.HTTPError when it says nothing."""

    def revocation_answer(
        self, http: httpx.Client, endpoint: str, issuer: str, token: str, hint: str
    ) -> httpx.Response:
        """What the revocation endpoint says (RFC 7009)."""


@dataclass(frozen=True, slots=True)
class ClientCredentials:
    """What a client needs to authenticate: `client_id`, its private `keys`, and the time."""

    client_id: str
    keys: KeySet
    clock: Callable[[], datetime]

    def form(self, issuer: str) -> dict[str, str]:
        """The form members that authenticate one request to the AS `issuer`."""
        return {
            "client_id": self.client_id,
            "client_assertion_type": ASSERTION_TYPE,
            "client_assertion": client_assertion(self.client_id, self.keys, issuer, self.clock()),
        }

    def token_answer(
        self, http: httpx.Client, endpoint: str, issuer: str, form: Mapping[str, str]
    ) -> httpx.Response:
        return self._post(http, endpoint, issuer, form)

    def revocation_answer(
        self, http: httpx.Client, endpoint: str, issuer: str, token: str, hint: str
    ) -> httpx.Response:
        return self._post(http, endpoint, issuer, {"token": token, "token_type_hint": hint})

    def _post(
        self, http: httpx.Client, endpoint: str, issuer: str, form: Mapping[str, str]
    ) -> httpx.Response:
        sent = {**form, **self.form(issuer)}
        return http.post(endpoint, data=sent, headers={"Accept": "application/json"})
