"""The signed-in person's ID token, kept live so that it can be pushed as a claim (Grant 3.3.1)."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Any

from sqlalchemy import Engine

from heart_uma.errors import UmaError
from heart_uma.sealing import open_sealed, seal
from requester_app.authorization_servers import AuthorizationServers
from requester_app.db import writing
from requester_app.models import session as sessions
from requester_app.models.session import BrowserSession

log = logging.getLogger(__name__)
MARGIN = 30
"""Seconds an ID token must still live to be pushed."""


class SignInNeeded(Exception):
    """The sharing service no longer vouches for this sign-in: the person signs in again."""


class Identity:
    """The tokens of one browser session. Usable from several threads; `save` is for the request."""

    def __init__(
        self,
        servers: AuthorizationServers,
        row: BrowserSession,
        secret: str,
        now: Callable[[], int],
    ) -> None:
        self._servers, self._secret, self._now = servers, secret, now
        self._id_hash = row.id_hash
        self._stored = row.sealed
        self._held: dict[str, Any] = open_sealed(secret, row.sealed)
        self._lock = threading.Lock()
        self._changed = False
        self._failed: UmaError | None = None

    @property
    def issuer(self) -> str:
        """Where the person signed in."""
        return str(self._held["issuer"])

    @property
    def claims(self) -> dict[str, Any]:
        """What the ID token says about the person."""
        return dict(self._held.get("claims", {}))

    def token(self) -> str:
        """A live ID token, refreshed when the one at hand is about to end."""
        with self._lock:
            if int(self._held["id_expires"]) <= self._now() + MARGIN:
                self._refresh()
            return str(self._held["id_token"])

    def renewed(self, stale: str) -> str:
        """Another ID token than `stale`, for a server that wanted better than that one."""
        with self._lock:
            if self._held["id_token"] == stale:
                self._refresh()
            return str(self._held["id_token"])

    def give_back(self) -> None:
        """At sign-out: the sharing service need not vouch for this browser any longer."""
        token = self._held.get("refresh_token")
        if token and not self._servers.revoke(self.issuer, token):
            log.warning("the refresh token could not be given back at sign-out")

    def _refresh(self) -> None:
        refresh_token = self._held.get("refresh_token")
        if not refresh_token:
            raise SignInNeeded
        if self._failed:
            # The records of a page share this: a token shown again and again looks stolen.
            raise self._failed.with_traceback(None)
        try:
            tokens = self._servers.refresh(self.issuer, refresh_token)
        except UmaError as error:
            if error.code in ("unreachable", "bad_answer") or error.status >= 500:
                self._failed = error
                raise
            raise SignInNeeded from error
        # The refreshed token must speak of the same person (OIDC Core 12.2).
        if tokens.id_token is None or tokens.claims.get("sub") != self._held["claims"].get("sub"):
            raise SignInNeeded
        self._held.update(
            id_token=tokens.id_token,
            id_expires=int(tokens.claims.get("exp", 0)),
            refresh_token=tokens.refresh_token or refresh_token,
        )
        self._changed = True

    def save(self, engine: Engine) -> None:
        """Store what was refreshed. If another request was first, its tokens stay."""
        if not self._changed:
            return
        sealed = seal(self._secret, self._held)
        with writing(engine) as session:
            sessions.replace_sealed(session, self._id_hash, self._stored, sealed)
        self._stored, self._changed = sealed, False
