"""The authorization server as this client knows it: its metadata and keys, kept for a while."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping

import httpx

from heart_ground.asked_once import AskedOnce
from heart_ground.oauth_client import OAuthClient
from heart_uma import authorization_request, oidc_client
from heart_uma.authorization_request import LoginState
from heart_uma.errors import UmaError
from heart_uma.jose import KeySet
from heart_uma.metadata import AsMetadata, discover
from heart_uma.published_keys import fetch_keys
from heart_uma.tokens import Tokens
from patient_portal.errors import BadAnswer, SharingServiceDown, SignInAgain

log = logging.getLogger(__name__)

MAX_AGE = 600
"""Seconds metadata and keys are reused before they are fetched again."""
DOWN_FOR = 3.0
"""Seconds that a failure stands: who comes meanwhile hears of it at once."""
WAIT = 3.0
"""Seconds that a page waits for another's question."""


class Issuer:
    """The one issuer this portal trusts (settings, never from a request); `now` counts seconds."""

    def __init__(
        self,
        http: httpx.Client,
        url: str,
        client: OAuthClient,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._http, self._url, self._client = http, url, client
        self._asked: AskedOnce[tuple[AsMetadata, KeySet]] = AskedOnce(
            now, fresh=MAX_AGE, failed=DOWN_FOR, failures=(UmaError,), wait=WAIT
        )

    def metadata(self) -> AsMetadata:
        """The checked metadata document; raise SharingServiceDown when it cannot be had."""
        return self._known()[0]

    def begin(self, redirect_uri: str, scope: str, **told: str) -> tuple[str, LoginState]:
        """The address to send the browser to, and what to remember of the sign-in."""
        return authorization_request.start(
            self.metadata(),
            self._client.client_id,
            redirect_uri,
            scope,
            address=self._client.authorization_address,
            **told,
        )

    def finish(self, login: LoginState, answer: Mapping[str, str]) -> Tokens:
        """The tokens of a sign-in that came back with `answer`; raise UmaError."""
        metadata, keys = self._known()
        try:
            return oidc_client.finish(
                self._http,
                metadata,
                self._client,
                keys,
                login,
                answer,
                fresh=self._fresh_keys,
            )
        except UmaError:
            self._forget()
            raise

    def refresh(self, refresh_token: str, resource: str | None) -> Tokens:
        """New tokens, for `resource` alone if one is named (RFC 8707).

        Raise SignInAgain when the grant is over, SharingServiceDown or BadAnswer otherwise.
        """
        metadata, keys = self._known()
        try:
            return oidc_client.refresh(
                self._http,
                metadata,
                self._client,
                keys,
                refresh_token,
                resource=resource,
                fresh=self._fresh_keys,
            )
        except UmaError as error:
            if error.code == "invalid_grant":
                raise SignInAgain from error
            if error.code in ("unreachable", "bad_answer"):
                self._forget()
            down = BadAnswer if error.code == "bad_answer" else SharingServiceDown
            raise down(str(error)) from error

    def revoke(self, refresh_token: str) -> bool:
        """Give a refresh token back (RFC 7009); False when it was not taken."""
        return oidc_client.revoke(self._http, self.metadata(), self._client, refresh_token)

    def give_back(self, refresh_token: str | None) -> None:
        """The same of a session that is over in any case: best effort."""
        try:
            if refresh_token and not self.revoke(refresh_token):
                log.warning("the refresh token could not be revoked at sign-out")
        except SharingServiceDown:
            return

    def _fresh_keys(self) -> KeySet:
        """Its keys of this moment, for an answer in hand that no known key explains (rotation).

        When they cannot be had, those from before stand.
        """
        return self._known(max_age=0)[1]

    def _forget(self) -> None:
        """Fetch again next time: its addresses may have changed."""
        self._asked.forget(self._url)

    def _known(self, max_age: float | None = None) -> tuple[AsMetadata, KeySet]:
        try:
            return self._asked.get(self._url, self._ask, max_age=max_age)
        except (UmaError, TimeoutError) as error:
            raise SharingServiceDown(str(error)) from error

    def _ask(self) -> tuple[AsMetadata, KeySet]:
        metadata = discover(self._http, self._url)
        return metadata, fetch_keys(self._http, metadata)
