"""Two owners, two resource servers, two clients and two people who ask, all of them strangers.

They know the server's metadata and nothing else of it; what no specification says, how an owner
makes a rule, is said in the project's extension (`policy_endpoint`, `people_endpoint`).
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from heart_uma.scopes import resource_scope, resource_scopes
from tests.conformance.server import Server
from tests.wire import Stranger

BASES = {"rs1": "http://localhost:8401/fhir", "rs2": "http://localhost:8405/fhir"}


@dataclass
class Scene:
    """Verbs for each step of UMA; what takes part is made when it is first needed."""

    server: Server
    apps: dict[str, Stranger] = field(default_factory=dict)
    tokens: dict[tuple[str, str, str], dict[str, Any]] = field(default_factory=dict)
    policies: dict[str, str] = field(default_factory=dict)

    def app(self, name: str) -> Stranger:
        """A client (`c1`, `c2`) or a resource server (`rs1`, `rs2`), registered the open way."""
        if name not in self.apps:
            made = self.apps[name] = self.server.app()
            base = BASES.get(name)
            if base is None:
                made.register()
            else:
                # Its codes go to the origin of its base.
                made.redirect_uri = base.removesuffix("/fhir") + "/link/callback"
                made.register(heart_uma_resource_server={"base": base, "limits": True})
        return self.apps[name]

    @property
    def metadata(self) -> dict[str, Any]:
        return self.app("c1").metadata

    def access_token(self, login: str, name: str, scope: str, **more: str) -> str:
        """An access token of a person for an app, by the code flow."""
        key = (login, name, " ".join((scope, *more.values())))
        if key not in self.tokens:
            self.tokens[key] = self.server.people[login].tokens(self.app(name), scope, **more)
        return str(self.tokens[key]["access_token"])

    def id_token(self, login: str = "bob", name: str = "c1") -> str:
        """A fresh one."""
        return str(self.server.people[login].tokens(self.app(name), "openid")["id_token"])

    # The resource server's verbs.

    def pat(self, owner: str = "alice", rs: str = "rs1") -> str:
        return self.access_token(owner, rs, "openid uma_protection")

    def call(
        self, method: str, endpoint: str, token: str | None, body: Any = None, **more: Any
    ) -> httpx.Response:
        """A call to an endpoint by its key in the metadata, and what may follow it: `key/id`."""
        key, slash, rest = endpoint.partition("/")
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        if body is not None:
            more["json"] = body
        url = self.metadata[f"{key}_endpoint"] + slash + rest
        return self.app("c1").http.request(method, url, headers=headers, **more)

    def register(
        self, fhir_type: str = "Condition", *, owner: str = "alice", rs: str = "rs1", **changes: Any
    ) -> str:
        body = {
            "resource_scopes": resource_scopes(fhir_type),
            "type": f"http://hl7.org/fhir/StructureDefinition/{fhir_type}",
            "heart_uma_record": f"{BASES[rs]}/r/{owner:_<22}",
            "name": fhir_type,
        } | changes
        answer = self.call("POST", "resource_registration", self.pat(owner, rs), body)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["_id"])

    def ask(
        self,
        *resources: tuple[str, str],
        owner: str = "alice",
        rs: str = "rs1",
        access: Any = "read",
    ) -> str:
        """A ticket for (id, FHIR type) pairs: a base scope and every label scope of each."""
        body = [
            {
                "resource_id": resource_id,
                "resource_scopes": [
                    resource_scope(fhir_type, "read"),  # type: ignore[arg-type]
                    *(s for s in resource_scopes(fhir_type) if s.startswith(("conf/", "sens/"))),
                ],
            }
            for resource_id, fhir_type in resources
        ]
        answer = self.call("POST", "permission", self.pat(owner, rs), body)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["ticket"])

    def introspect(self, token: str, *, owner: str = "alice", rs: str = "rs1") -> dict[str, Any]:
        answer = self.call("POST", "introspection", self.pat(owner, rs), data={"token": token})
        assert answer.status_code == 200, answer.text
        body: dict[str, Any] = answer.json()
        return body

    # The client's verbs.

    def trade(
        self, ticket: str, party: str | None = "bob", *, name: str = "c1", **form: str
    ) -> httpx.Response:
        """Trade a ticket at the token endpoint, with an ID token of `party` as claim token."""
        id_token = None if party is None else self.id_token(party, name)
        return self.app(name).trade(ticket, id_token, **form)

    def rpt(self, *resources: tuple[str, str], **more: Any) -> dict[str, Any]:
        """The success body for these resources."""
        answer = self.trade(self.ask(*resources), **more)
        assert answer.status_code == 200, answer.text
        body: dict[str, Any] = answer.json()
        return body

    def revoke(self, name: str, **form: str) -> httpx.Response:
        app = self.app(name)
        return app.http.post(self.metadata["revocation_endpoint"], data={**form, **app.assertion()})

    # The owner's verbs.

    def owner_call(self, method: str, endpoint: str, body: Any = None, **more: Any) -> Any:
        if endpoint.partition("/")[0] + "_endpoint" not in self.metadata:
            pytest.skip("no owner can make a rule here but on pages")
        answer = self.call(
            method, endpoint, self.access_token("alice", "c2", "uma_policy"), body, **more
        )
        assert answer.status_code in (200, 201), answer.text
        return answer.json()

    def person(self, login: str) -> str:
        """The key of somebody whom Alice can share with."""
        query = {"q": self.server.people[login].search}
        (found,) = self.owner_call("GET", "people", params=query)["people"]
        return str(found["key"])

    def policy(self, name: str = "a", **members: Any) -> None:
        """PUT a policy: everything for Bob, unless said otherwise."""
        body = {"state": "on", "what": {"everything": True}} | members
        body.setdefault("who", {"person": self.person("bob")})
        self.policies.setdefault(name, f"policy/{secrets.token_urlsafe(16)}")
        self.owner_call("PUT", self.policies[name], body)

    def close(self) -> None:
        """Take the rules back: on a server that goes on they would count for the next scene."""
        for policy in self.policies.values():
            self.call("DELETE", policy, self.access_token("alice", "c2", "uma_policy"))
