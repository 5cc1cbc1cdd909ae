"""The authorization servers this app talks to, by discovery, and no others (Grant 2)."""

from __future__ import annotations

import time
from collections.abc import Mapping
from functools import partial
from typing import Any

import httpx

from heart_ground.asked_once import AskedOnce
from heart_ground.oauth_client import OAuthClient
from heart_uma import authorization_request, claims_interaction, oidc_client, uma_client
from heart_uma.authorization_request import LoginState
from heart_uma.errors import UmaError
from heart_uma.jose import KeySet
from heart_uma.metadata import AsMetadata, discover
from heart_uma.outcomes import GrantRefused, Outcome, RptIssued
from heart_uma.published_keys import fetch_keys
from heart_uma.tokens import Tokens

REMEMBERED = 300
"""Seconds that a metadata document and a key set are reused."""
DOWN_FOR = 3.0
"""Seconds that a failure stands: who comes meanwhile hears of it at once."""
WAIT = 3.0
"""Seconds to wait for another's question."""


class AuthorizationServers:
    """Metadata and keys of the trusted issuers, each fetched at most once in a while."""

    def __init__(self, http: httpx.Client, issuers: tuple[str, ...], client: OAuthClient) -> None:
        self._http, self._client = http, client
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

    def begin(
        self, issuer: str, redirect_uri: str, scope: str, **more: str
    ) -> tuple[str, LoginState]:
        """The address to send the browser to, and what to remember of the sign-in."""
        return authorization_request.start(
            self.metadata(issuer),
            self._client.client_id,
            redirect_uri,
            scope,
            address=self._client.authorization_address,
            **more,
        )

    def finish(self, login: LoginState, answer: Mapping[str, str]) -> Tokens:
        """The tokens of a sign-in that came back with `answer`."""
        return oidc_client.finish(
            self._http,
            self.metadata(login.issuer),
            self._client,
            self._keys_of(login.issuer),
            login,
            answer,
            fresh=partial(self._keys_of, login.issuer, fresh=True),
        )

    def refresh(self, issuer: str, refresh_token: str) -> Tokens:
        """New tokens of a sign-in."""
        return oidc_client.refresh(
            self._http,
            self.metadata(issuer),
            self._client,
            self._keys_of(issuer),
            refresh_token,
            fresh=partial(self._keys_of, issuer, fresh=True),
        )

    def revoke(self, issuer: str, refresh_token: str) -> bool:
        """Give a refresh token back (RFC 7009); False when it was not taken."""
        try:
            metadata = self.metadata(issuer)
        except UmaError:
            return False
        return oidc_client.revoke(self._http, metadata, self._client, refresh_token)

    def trade(self, issuer: str, ticket: str, **more: Any) -> Outcome:
        """Present a ticket (Grant 3.3.1)."""
        return uma_client.trade(self._http, self.metadata(issuer), self._client, ticket, **more)

    def claims_address(self, endpoint: str, ticket: str, return_to: str, state: str) -> str:
        """Where a person tells more about herself, and comes back from (Grant 3.3.2)."""
        client_id = self._client.client_id
        return claims_interaction.address(endpoint, client_id, ticket, return_to, state)

    def refresh_rpt(self, issuer: str, refresh_token: str) -> RptIssued | GrantRefused:
        """A new RPT, without a new assessment (Grant 3.6)."""
        return uma_client.refresh_rpt(
            self._http, self.metadata(issuer), self._client, refresh_token
        )

    def _keys_of(self, issuer: str, *, fresh: bool = False) -> KeySet:
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
