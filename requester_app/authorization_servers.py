"""The authorization servers this app talks to, by discovery, and no others (Grant 2, HO-130)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import httpx

from heart_uma.errors import UmaError
from heart_uma.jose import KeySet
from heart_uma.metadata import AsMetadata, discover
from heart_uma.oidc_client import fetch_keys

REMEMBERED = 300
"""Seconds that a metadata document and a key set are reused."""


class AuthorizationServers:
    """Metadata and keys of the trusted issuers, each fetched at most once in a while."""

    def __init__(
        self, http: httpx.Client, issuers: tuple[str, ...], clock: Callable[[], datetime]
    ) -> None:
        self._http = http
        self._issuers = frozenset(issuers)
        self._clock = clock
        self._metadata: dict[str, tuple[float, AsMetadata]] = {}
        self._keys: dict[str, tuple[float, KeySet]] = {}

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
        now = self._clock().timestamp()
        known = self._metadata.get(issuer)
        if known is None or known[0] + REMEMBERED <= now:
            known = (now, discover(self._http, issuer))
            self._metadata[issuer] = known
        return known[1]

    def keys(self, issuer: str, *, fresh: bool = False) -> KeySet:
        """The issuer's public keys; `fresh` after a signature did not fit (key rotation)."""
        metadata = self.metadata(issuer)
        now = self._clock().timestamp()
        known = self._keys.get(issuer)
        if fresh or known is None or known[0] + REMEMBERED <= now:
            known = (now, fetch_keys(self._http, metadata))
            self._keys[issuer] = known
        return known[1]
