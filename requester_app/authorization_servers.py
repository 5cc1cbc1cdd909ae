"""The authorization servers this app talks to, by discovery, and no others (Grant 2, HO-130)."""

from __future__ import annotations

import time
from functools import partial
from typing import Any

import httpx

from heart_ground.asked_once import AskedOnce
from heart_uma.errors import UmaError
from heart_uma.jose import KeySet
from heart_uma.metadata import AsMetadata, discover
from heart_uma.oidc_client import fetch_keys

REMEMBERED = 300
"""Seconds that a metadata document and a key set are reused."""
DOWN_FOR = 3.0
"""Seconds that a failure stands: who comes meanwhile hears of it at once."""
WAIT = 3.0
"""Seconds to wait for another's question."""


class AuthorizationServers:
    """Metadata and keys of the trusted issuers, each fetched at most once in a while."""

    def __init__(self, http: httpx.Client, issuers: tuple[str, ...]) -> None:
        self._http = http
        self._issuers = frozenset(issuers)
        self._metadata: AskedOnce[AsMetadata] = _asked_once()
        self._keys: AskedOnce[KeySet] = _asked_once()

    def trusts(self, issuer: str) -> bool:
        """True for an issuer of the settings, byte for byte.

        A record may name any `as_uri` in its challenge; sending a person's ID token there would
        hand it to whoever set up the record (SSRF, token theft).
        """
        return issuer in self._issuers

    def metadata(self, issuer: str) -> AsMetadata:
        """The issuer's metadata; raise UmaError `untrusted`, `unreachable` or `bad_answer`."""
        if not self.trusts(issuer):
            raise UmaError("untrusted", "the record names an authorization server not on the list")
        try:
            return self._metadata.get(issuer, partial(discover, self._http, issuer))
        except TimeoutError as error:
            raise UmaError("unreachable", str(error)) from error

    def answers(self, issuer: str) -> bool:
        """True when the issuer says that it is alive."""
        try:
            return self._http.get(f"{issuer}/healthz").status_code == 200
        except httpx.HTTPError:
            return False

    def keys(self, issuer: str, *, fresh: bool = False) -> KeySet:
        """The issuer's public keys; `fresh` for an answer in hand that they do not explain.

        When it cannot be asked again, the keys from before stand.
        """
        metadata = self.metadata(issuer)
        ask = partial(fetch_keys, self._http, metadata)
        try:
            return self._keys.get(issuer, ask, max_age=0 if fresh else None)
        except TimeoutError as error:
            raise UmaError("unreachable", str(error)) from error


def _asked_once() -> AskedOnce[Any]:
    return AskedOnce(
        time.monotonic, fresh=REMEMBERED, failed=DOWN_FOR, failures=(UmaError,), wait=WAIT
    )
