"""The authorization server's published keys, to say which of them signed a token (RFC 7517)."""

from __future__ import annotations

import time

import httpx

from demo.capture.received import OF_THE_STAGE
from heart_uma.jose import JoseError, KeySet
from heart_uma.strict_json import StrictJsonError, loads

AGAIN = 10.0
"""Seconds after which the keys are asked for again, if a token names another."""


class PublishedKeys:
    """Fetched when first needed, and again, but not often, for a key that is not among them."""

    def __init__(self, issuer: str) -> None:
        self._address = f"{issuer}/jwks"
        self._keys = KeySet([])
        self._asked = -AGAIN

    def holding(self, kid: str) -> KeySet:
        """The keys, with that of `kid` if the issuer publishes it."""
        known = any(key.kid == kid for key in self._keys.keys)
        if not known and time.monotonic() - self._asked >= AGAIN:
            self._asked = time.monotonic()
            self._fetch()
        return self._keys

    def _fetch(self) -> None:
        headers = {"tracestate": OF_THE_STAGE}
        try:
            answer = httpx.get(self._address, headers=headers, timeout=2, trust_env=False)
            self._keys = KeySet.from_jwks(loads(answer.content))
        except (httpx.HTTPError, StrictJsonError, JoseError):
            return
