"""The UMA half of the authorization server on the wire: owners, resource servers, clients, people.

Accounts, clients and tokens are put into the database by the server's own functions; everything
under test goes through HTTP.
"""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import httpx
from werkzeug.test import TestResponse

from as_server.app import create_app
from as_server.context import AsServer, work
from as_server.models import account as accounts
from as_server.models.account import Account
from as_server.models.client import UMA_TICKET, Client
from as_server.settings import AsSettings
from as_server.tokens import id_token
from as_server.tokens.authorization import Authentication, Authorization, new_family
from as_server.tokens.claims import ID_TOKEN_FORMAT
from heart_ground.orm import writing
from heart_uma.client_auth import ASSERTION_TYPE
from heart_uma.jose import KeySet, sign
from heart_uma.scopes import resource_scope, resource_scopes
from tests.conftest import Clock

ISSUER = "http://localhost:8400"
RS1, RS2 = "http://localhost:8401/fhir", "http://localhost:8405/fhir"
AUTHENTICATION = Authentication(auth_time=0, acr="1", amr=("pwd",))
PEOPLE = {
    "alice": {"name": "Alice Moreno"},
    "dora": {"name": "Dora Diaz"},
    "bob": {
        "name": "Dr. Bob Chen",
        "role": "Family doctor",
        "role_code": "family_doctor",
        "organization": "Cedar Valley Family Practice",
        "place": "Cedar Valley",
        "listed": True,
        "clinician": True,
        "checked_by": "Cedar Valley",
    },
    "sam": {"name": "Sam Carter", "role": "Husband", "role_code": "family"},
}


@cache
def keys_of(client_id: str) -> KeySet:
    return KeySet.generate("ES256")


@dataclass
class Resources:
    """A resource server's side: what it was told."""

    events: list[httpx.Request] = field(default_factory=list)
    status: int = 202
    fails: bool = False

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if self.fails:
            raise httpx.ConnectError("no route", request=request)
        self.events.append(request)
        return httpx.Response(self.status)


class Uma:
    """One authorization server with its surroundings; verbs for each protocol step.

    `filled` says that its database has people and clients already.
    """

    def __init__(
        self, settings: AsSettings, clock: Clock, keys: KeySet, *, filled: bool = False
    ) -> None:
        self.servers = Resources()
        http = httpx.Client(transport=httpx.MockTransport(self.servers))
        self.app: AsServer = create_app(settings, clock=clock, http=http, key_set=keys)
        self.clock = clock
        self.wire = self.app.test_client()
        self.pats: dict[tuple[str, str], str] = {}
        self.key: dict[str, str] = {}
        if not filled:
            self._fill()

    def _fill(self) -> None:
        with writing(self.app.engine) as db:
            self.key = {
                login: accounts.create(
                    db,
                    login=login,
                    password_hash="x",
                    created_at=self.now,
                    email=f"{login}@example.org",
                    email_verified=True,
                    **members,  # type: ignore[arg-type]
                ).key
                for login, members in PEOPLE.items()
            }
            for client_id, base in (("rs1", RS1), ("rs2", RS2)):
                origin = base.removesuffix("/fhir")
                declared = {"base": base, "events_endpoint": f"{origin}/events", "limits": True}
                db.add(self._client(client_id, base, heart_uma_resource_server=declared))
            grants = ["authorization_code", "refresh_token", UMA_TICKET]
            for client_id in ("c1", "c2"):
                db.add(self._client(client_id, grant_types=grants, scope="openid sens/PSY"))

    @property
    def now(self) -> int:
        return int(self.clock().timestamp())

    def _client(self, client_id: str, base: str | None = None, **members: Any) -> Client:
        registration = {"jwks": keys_of(client_id).public_jwks(), **members}
        return Client(
            client_id=client_id,
            name=f"Name of {client_id}",
            auth_method="private_key_jwt",
            rs_base=base,
            registration=json.dumps(registration),
            created_at=self.now,
        )

    def access_token(
        self, login: str, client_id: str, scope: str, audience: list[str] | None = None
    ) -> str:
        with self.app.test_request_context(method="POST"), standalone_session(self.app) as db:
            client = db.get(Client, client_id)
            given = Authorization(client, self.key[login], new_family(), scope)
            issued = self.app.issuer.access_token(work(), given, audience=audience)
            return issued.value

    def pat(self, owner: str = "alice", rs: str = "rs1") -> str:
        if (owner, rs) not in self.pats:
            self.pats[owner, rs] = self.access_token(owner, rs, "openid uma_protection")
        return self.pats[owner, rs]

    def refresh_token(self, login: str, client_id: str, scope: str) -> str:
        with self.app.test_request_context(method="POST"), standalone_session(self.app) as db:
            client = db.get(Client, client_id)
            given = Authorization(client, self.key[login], new_family(), scope)
            issued = self.app.issuer.refresh_token(work(), given)
            return issued.value

    def id_token(self, login: str = "bob", client_id: str = "c1") -> str:
        with self.app.test_request_context(method="POST"), standalone_session(self.app) as db:
            client, account = db.get(Client, client_id), db.get(Account, self.key[login])
            issuer, proved = self.app.issuer, AUTHENTICATION
            return id_token.issue(
                work(), issuer, client, account, scope="openid", authentication=proved
            )

    def call(
        self, method: str, path: str, token: str | None, body: Any = None, **kwargs: Any
    ) -> TestResponse:
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        if body is not None:
            kwargs["json"] = body
        return self.wire.open(path, method=method, headers=headers, **kwargs)

    # The resource server's verbs.

    def register(
        self,
        fhir_type: str = "Condition",
        *,
        owner: str = "alice",
        rs: str = "rs1",
        record: str = "",
        **changes: Any,
    ) -> str:
        base = {"rs1": RS1, "rs2": RS2}[rs]
        body = {
            "resource_scopes": resource_scopes(fhir_type),
            "type": f"http://hl7.org/fhir/StructureDefinition/{fhir_type}",
            "heart_uma_record": record or f"{base}/r/{owner:_<22}",
            "name": fhir_type,
        } | changes
        answer = self.call("POST", "/resource", self.pat(owner, rs), body)
        assert answer.status_code == 201, answer.text
        return str(answer.json["_id"])

    def ask(
        self,
        *resources: tuple[str, str],
        owner: str = "alice",
        rs: str = "rs1",
        access: str = "read",
    ) -> str:
        """A ticket for (id, FHIR type) pairs: a base scope and every label scope of each."""
        body = [
            {
                "resource_id": resource_id,
                "resource_scopes": [
                    resource_scope(fhir_type, access),  # type: ignore[arg-type]
                    *(s for s in resource_scopes(fhir_type) if s.startswith(("conf/", "sens/"))),
                ],
            }
            for resource_id, fhir_type in resources
        ]
        answer = self.call("POST", "/permission", self.pat(owner, rs), body)
        assert answer.status_code == 201, answer.text
        return str(answer.json["ticket"])

    def introspect(self, token: str, *, owner: str = "alice", rs: str = "rs1") -> dict[str, Any]:
        answer = self.call("POST", "/introspect", self.pat(owner, rs), data={"token": token})
        assert answer.status_code == 200, answer.text
        body: dict[str, Any] = answer.json
        return body

    # The client's verbs.

    def proof(self, client_id: str = "c1") -> dict[str, str]:
        claims = {
            "iss": client_id,
            "sub": client_id,
            "aud": f"{ISSUER}/token",
            "iat": self.now,
            "exp": self.now + 60,
            "jti": secrets.token_urlsafe(24),
        }
        assertion = sign("client_assertion", claims, keys_of(client_id))
        return {"client_assertion_type": ASSERTION_TYPE, "client_assertion": assertion}

    def trade(
        self, value: str, party: str | None = "bob", *, client_id: str = "c1", **form: str
    ) -> TestResponse:
        """Trade a ticket at the token endpoint, with an ID token of `party` as claim token."""
        claims = {}
        if party is not None:
            claims = {
                "claim_token": self.id_token(party, client_id),
                "claim_token_format": ID_TOKEN_FORMAT,
            }
        fields = {"grant_type": UMA_TICKET, "ticket": value, **claims, **form}
        return self.wire.post("/token", data=self.proof(client_id) | fields)

    def rpt(self, *resources: tuple[str, str], **kwargs: Any) -> dict[str, Any]:
        """The success body for these resources."""
        owner, rs = kwargs.pop("owner", "alice"), kwargs.pop("rs", "rs1")
        answer = self.trade(self.ask(*resources, owner=owner, rs=rs), **kwargs)
        assert answer.status_code == 200, answer.text
        body: dict[str, Any] = answer.json
        return body

    def without_refresh(self, client_id: str = "c1") -> None:
        """From now on the client is not registered for refresh tokens."""
        with writing(self.app.engine) as db:
            client = db.get(Client, client_id)
            assert client is not None
            client.registration = client.registration.replace('"refresh_token", ', "")

    def refresh(self, token: str, client_id: str = "c1") -> TestResponse:
        fields = {"grant_type": "refresh_token", "refresh_token": token}
        return self.wire.post("/token", data=self.proof(client_id) | fields)

    # The owner's verbs.

    def owner_call(self, method: str, path: str, body: Any = None, owner: str = "alice") -> Any:
        key = (owner, "policy")
        if key not in self.pats:
            self.pats[key] = self.access_token(owner, "c2", "uma_policy")
        return self.call(method, path, self.pats[key], body)

    def policy(self, policy_id: str = "a", *, owner: str = "alice", **members: Any) -> Any:
        """PUT a policy: everything for Bob, unless said otherwise; the whole answer."""
        body = {
            "state": "on",
            "who": {"person": self.key["bob"]},
            "what": {"everything": True},
        } | members
        return self.owner_call("PUT", f"/policy/{pid(policy_id)}", body, owner)

    def permitted(self, token: str, **kwargs: Any) -> set[str]:
        """The resource ids an RPT reaches now."""
        return {p["resource_id"] for p in self.introspect(token, **kwargs).get("permissions", [])}


def pid(name: str) -> str:
    """A policy id for a short name."""
    return f"{name:_<22}"


def standalone_session(app: AsServer) -> Any:
    """The request's session, committed at the end: for calling the server's own functions."""
    from contextlib import contextmanager

    @contextmanager
    def opened() -> Any:
        yield work().db
        work().commit()

    return opened()


def settings_at(folder: Path) -> AsSettings:
    return AsSettings(
        issuer=ISSUER,
        secret="a secret of the tests, 0123456789 abcdef",
        database_url=f"sqlite:///{folder}/as.db",
        argon2_memory_kib=8,
        argon2_time_cost=1,
        registration_rate_per_hour=0,
    )
