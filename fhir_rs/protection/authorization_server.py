"""The authorization servers that patients chose: metadata, keys, registration (RFC 8414, 7591)."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import httpx
from sqlalchemy import Engine, insert
from sqlalchemy.exc import IntegrityError

from fhir_rs.db import reading, writing
from fhir_rs.models import as_client
from fhir_rs.models.as_client import AsClient
from fhir_rs.settings import Settings
from heart_ground.oauth_client import OAuthClient
from heart_uma.errors import UmaError
from heart_uma.jose import JoseError, KeySet
from heart_uma.metadata import AsMetadata, discover, read_metadata
from heart_uma.published_keys import fetch_keys
from heart_uma.strict_json import StrictJsonError, loads

REREAD_SECONDS = 30
"""Keys are fetched again for an unknown kid at most this often."""
SCOPE = "openid uma_protection offline_access"


@dataclass(frozen=True, slots=True)
class AuthorizationServer:
    """One authorization server as known here."""

    issuer: str
    client_id: str
    metadata: AsMetadata
    keys: KeySet
    read_at: int


class AuthorizationServers:
    """Every authorization server this resource server is a client of."""

    def __init__(
        self,
        settings: Settings,
        engine: Engine,
        http: httpx.Client,
        keys: KeySet,
        clock: Callable[[], datetime],
    ) -> None:
        self._settings = settings
        self._engine = engine
        self._http = http
        self._keys = keys
        self._clock = clock
        self._known: dict[str, AuthorizationServer] = {}
        self._tried: dict[str, int] = {}
        self._lock = threading.Lock()

    def known(self, issuer: str) -> AuthorizationServer:
        """The server, from memory or the database; UmaError when it was never registered at."""
        server = self._known.get(issuer)
        return server or self._load(issuer)

    def stored(self, issuer: str) -> AuthorizationServer | None:
        """The server as the database has it now, or None; asks nobody."""
        try:
            return self._load(issuer)
        except (UmaError, JoseError):
            return None

    def _load(self, issuer: str) -> AuthorizationServer:
        with reading(self._engine) as connection:
            row = as_client.find(connection, issuer)
        if row is None:
            raise UmaError("bad_answer", "not registered at this authorization server")
        server = AuthorizationServer(
            issuer,
            row.client_id,
            read_metadata(issuer, json.loads(row.document)),
            KeySet.from_jwks(json.loads(row.jwks)),
            row.read_at,
        )
        self._known[issuer] = server
        return server

    def client_at(self, server: AuthorizationServer) -> OAuthClient:
        """This server as a client of that one."""
        return OAuthClient(server.client_id, self._keys.signing_key, self._clock)

    def fresh_keys(self, issuer: str) -> KeySet:
        """Its keys of this moment, for an answer of its own that no known key explains.

        It came over a connection that we opened, so nobody else can make us ask.
        """
        return self.reread(issuer, at_once=True).keys

    def reread(self, issuer: str, *, at_once: bool = False) -> AuthorizationServer:
        """Metadata and keys again, at most every 30 seconds; what is known when that fails.

        A key set of another process is taken first: then nothing is fetched. `at_once` does not
        wait for the 30 seconds.
        """
        now = int(self._clock().timestamp())
        with self._lock:
            before, server = self.known(issuer), self._load(issuer)
            if server.read_at > before.read_at:
                return server
            tried = max(server.read_at, self._tried.get(issuer, 0))
            if now - tried < REREAD_SECONDS and not at_once:
                return server
            self._tried[issuer] = now
        try:
            metadata = discover(self._http, issuer)
            jwks = fetch_keys(self._http, metadata).public_jwks()
        except UmaError:
            return server
        with writing(self._engine) as connection:
            document = json.dumps(dict(metadata.document))
            as_client.refresh(connection, issuer, document, json.dumps(jwks), now)
        return self._load(issuer)

    def ensure(self, issuer: str) -> AuthorizationServer:
        """Register at `issuer` once (RFC 7591); later calls find that registration.

        Raise UmaError when the authorization server cannot be read or refuses.
        """
        with reading(self._engine) as connection:
            registered = as_client.find(connection, issuer) is not None
        if registered:
            return self.reread(issuer)
        metadata = discover(self._http, issuer)
        jwks = fetch_keys(self._http, metadata).public_jwks()
        row = AsClient(
            issuer=issuer,
            client_id=self._register(metadata),
            document=json.dumps(dict(metadata.document)),
            jwks=json.dumps(jwks),
            read_at=int(self._clock().timestamp()),
        )
        try:
            with writing(self._engine) as connection:
                connection.execute(insert(AsClient).values(**row.model_dump()))
        except IntegrityError:
            # Another process was first; its registration is the one, ours is never used.
            pass
        return self._load(issuer)

    def _register(self, metadata: AsMetadata) -> str:
        root = self._settings.public_root
        body = {
            "client_name": self._settings.name,
            "client_uri": root,
            "application_type": "web",
            "redirect_uris": [f"{root}/link/return"],
            "response_types": ["code"],
            "grant_types": ["authorization_code", "refresh_token"],
            "scope": SCOPE,
            "token_endpoint_auth_method": "private_key_jwt",
            "jwks": self._keys.public_jwks(),
        }
        ours = {
            "heart_uma_resource_server": {
                "base": self._settings.base_url,
                "events_endpoint": f"{root}/events",
                "limits": True,
            },
        }
        try:
            address = metadata["registration_endpoint"]
            answer = self._http.post(address, json=body | ours)
            if answer.status_code == 400:
                # Servers ignore members that they do not know (RFC 7591 2), but not all do.
                answer = self._http.post(address, json=body)
            document = loads(answer.content)
        except (httpx.HTTPError, StrictJsonError) as error:
            raise UmaError("unreachable", "the registration has no answer") from error
        client_id = document.get("client_id") if isinstance(document, dict) else None
        if answer.status_code != 201 or not isinstance(client_id, str) or not client_id:
            raise UmaError("refused", "the registration was refused", answer.status_code)
        return client_id
