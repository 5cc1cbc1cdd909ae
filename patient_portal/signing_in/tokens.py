"""Access tokens of the signed-in person: one for the policy API, one for each clinic (RFC 8707).

A refresh token is rotated with each use, so only one request at a time may refresh: it takes a
lease on the session row; the others wait and read what it stored.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from heart_uma.tokens import Tokens as Got
from patient_portal.errors import SharingServiceDown, SignInAgain
from patient_portal.signing_in.issuer import Issuer
from patient_portal.signing_in.sessions import SignedIn

MARGIN = 30
"""Seconds before its end at which a token is no longer used."""
LEASE = 15
WAIT_STEP = 0.05
POLICY = "policy"


def remember(tokens: Got, now: int) -> dict[str, Any]:
    """The sealed content of a new session, from the tokens of its sign-in."""
    return {
        "refresh": tokens.refresh_token,
        "id_token": tokens.id_token,
        "access": {POLICY: [tokens.access_token, now + tokens.expires_in]},
    }


class Tokens:
    """The keys of one session; `now` counts seconds since 1970."""

    def __init__(self, session: SignedIn, issuer: Issuer, now: Callable[[], int]) -> None:
        self._session, self._issuer, self._now = session, issuer, now

    def policy(self) -> str:
        """A live token for the policy API."""
        return self._token(POLICY)

    def owner(self, rs_base: str) -> str:
        """A live token that only the clinic at `rs_base` accepts, for the owner's own path."""
        return self._token(rs_base)

    def _token(self, audience: str) -> str:
        if held := self._fresh(self._session.content(), audience):
            return held
        with self._lease():
            vault = self._session.content_now()
            if held := self._fresh(vault, audience):
                return held
            return self._refresh(vault, audience)

    def _fresh(self, vault: dict[str, Any], audience: str) -> str | None:
        token, until = vault.get("access", {}).get(audience, ("", 0))
        return token if until - MARGIN > self._now() else None

    def _refresh(self, vault: dict[str, Any], audience: str) -> str:
        if not vault.get("refresh"):
            raise SignInAgain
        resource = None if audience == POLICY else audience
        try:
            tokens = self._issuer.refresh(vault["refresh"], resource)
        except SignInAgain:
            self._session.end()
            raise
        vault["refresh"] = tokens.refresh_token or vault["refresh"]
        vault["id_token"] = tokens.id_token or vault.get("id_token")
        until = self._now() + tokens.expires_in
        vault.setdefault("access", {})[audience] = [tokens.access_token, until]
        self._session.store(vault)
        return tokens.access_token

    @contextmanager
    def _lease(self) -> Iterator[None]:
        """Hold the right to refresh this session."""
        for _ in range(int(LEASE / WAIT_STEP)):
            if self._session.lease(self._now(), LEASE):
                break
            time.sleep(WAIT_STEP)
        else:
            raise SharingServiceDown("a refresh under way does not end")
        try:
            yield
        finally:
            self._session.end_lease()
