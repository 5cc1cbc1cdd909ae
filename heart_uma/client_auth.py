"""A client proves itself with private_key_jwt (RFC 7523, OpenID Connect Core 9, HO-38..49)."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from heart_uma.jose import KeySet, sign

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
LIFE = 60
"""Seconds that an assertion lives."""


def client_assertion(client_id: str, keys: KeySet, audience: str, now: datetime) -> str:
    """A fresh assertion for `audience`, the AS's issuer or its token endpoint (X-6)."""
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
