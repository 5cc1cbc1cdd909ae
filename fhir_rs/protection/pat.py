"""The PAT: sealed, renewed by one process at a time, given up once refused (FedAuthz 1.3, 1.4)."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import TypeVar

import httpx
from sqlalchemy import Engine

from fhir_rs.db import reading, writing
from fhir_rs.errors import AuthorizationServerUnreachable
from fhir_rs.models import lease
from fhir_rs.models import link as links
from fhir_rs.models.link import Linked
from fhir_rs.protection.authorization_server import AuthorizationServers
from fhir_rs.protection.circuit import Circuit
from heart_ground import moments
from heart_ground.moments import Clock
from heart_uma.errors import UmaError
from heart_uma.jose import JoseError
from heart_uma.oidc_client import refresh
from heart_uma.protection_api import ProtectionApi, ProtectionApiError
from heart_uma.sealing import SealError, open_sealed, seal
from heart_uma.tokens import Tokens

SPARE_SECONDS = 30
"""A PAT that ends sooner than this is renewed first."""
LEASE_SECONDS = 10
WAIT_SECONDS = 3.0

Answer = TypeVar("Answer")


class Pats:
    """The PATs of all owners. `secret` seals them; the moment comes with each call."""

    def __init__(
        self,
        engine: Engine,
        http: httpx.Client,
        servers: AuthorizationServers,
        circuit: Circuit,
        clock: Clock,
        secret: str,
    ) -> None:
        self._engine = engine
        self._http = http
        self._servers = servers
        self._circuit = circuit
        self._clock = clock
        self._secret = secret

    def sealed(self, access_token: str, refresh_token: str) -> str:
        """PAT and refresh token as the database keeps them (FedAuthz 7)."""
        return seal(self._secret, {"pat": access_token, "refresh": refresh_token})

    def _opened(self, link: Linked) -> dict[str, str]:
        try:
            return open_sealed(self._secret, link.tokens)
        except SealError as error:
            # Another RS_SECRET than the one it was sealed with: as good as no PAT.
            raise AuthorizationServerUnreachable from error

    def call(self, link: Linked, ask: Callable[[ProtectionApi], Answer], now: int) -> Answer:
        """Call the protection API as this record's owner allowed it.

        Parameters: `ask` makes the call and may run twice, since a refused PAT is renewed once.
        Raise AuthorizationServerUnreachable when there is no answer or no PAT to be had, and
        ProtectionApiError when the authorization server refuses the call itself (4xx).
        """
        if not link.connected or not self._circuit.lets_through(link.issuer):
            raise AuthorizationServerUnreachable
        if link.pat_exp - now <= SPARE_SECONDS:
            link = self.renewed(link, now)
        try:
            return self._ask(link, ask)
        except ProtectionApiError as error:
            if error.status != 401:
                raise
        link = self.renewed(link, now)
        try:
            return self._ask(link, ask)
        except ProtectionApiError as error:
            if error.status != 401:
                raise
            self._disconnect(link)
            raise AuthorizationServerUnreachable from error

    def _ask(self, link: Linked, ask: Callable[[ProtectionApi], Answer]) -> Answer:
        circuit = self._circuit
        try:
            server = self._servers.known(link.issuer)
            api = ProtectionApi(self._http, server.metadata, self._opened(link)["pat"])
            answer = ask(api)
        except ProtectionApiError as error:
            if 400 <= error.status < 500 and error.code != "bad_answer":
                circuit.answered(link.issuer)
                raise
            circuit.failed(link.issuer)
            raise AuthorizationServerUnreachable from error
        except (UmaError, JoseError) as error:
            circuit.failed(link.issuer)
            raise AuthorizationServerUnreachable from error
        circuit.answered(link.issuer)
        return answer

    def renewed(self, link: Linked, now: int) -> Linked:
        """The link with other tokens than `link` has, from whichever process got them first.

        The refresh token rotates: two processes that refresh at once would look like theft and
        end the whole family. So one holds a lease, the others wait for what it stores.
        """
        deadline = time.monotonic() + WAIT_SECONDS
        while True:
            name = f"pat:{link.owner_key}"
            # Not the request's moment: who waits here may see another one's lease run out.
            at = moments.seconds(self._clock())
            with lease.hold(self._engine, name, at, LEASE_SECONDS) as ours:
                newest = self._newest(link)
                if newest.tokens != link.tokens:
                    return newest
                if ours:
                    return self._refreshed(newest, now)
            if time.monotonic() > deadline:
                raise AuthorizationServerUnreachable
            time.sleep(0.05)

    def _newest(self, link: Linked) -> Linked:
        with reading(self._engine) as connection:
            newest = links.find(connection, link.record)
        if newest is None or not newest.connected:
            raise AuthorizationServerUnreachable
        return newest

    def _refreshed(self, link: Linked, now: int) -> Linked:
        old = self._opened(link)["refresh"]
        try:
            tokens = self._refresh(link, old)
        except UmaError as error:
            if error.code == "invalid_grant":
                self._disconnect(link)
            elif error.status == 0 or error.status >= 500:
                self._circuit.failed(link.issuer)
            raise AuthorizationServerUnreachable from error
        if tokens.claims.get("sub", link.sub) != link.sub:
            self._disconnect(link)
            raise AuthorizationServerUnreachable
        sealed = self.sealed(tokens.access_token, tokens.refresh_token or old)
        with writing(self._engine) as connection:
            expires = now + tokens.expires_in
            links.keep_tokens(connection, link.issuer, link.sub, sealed, expires)
        return self._newest(link)

    def _refresh(self, link: Linked, refresh_token: str) -> Tokens:
        server = self._servers.known(link.issuer)
        return refresh(
            self._http,
            server.metadata,
            self._servers.client_at(server),
            server.keys,
            refresh_token,
            fresh=partial(self._servers.fresh_keys, link.issuer),
        )

    def _disconnect(self, link: Linked) -> None:
        with writing(self._engine) as connection:
            links.disconnect(connection, link.issuer, link.sub, link.tokens)
