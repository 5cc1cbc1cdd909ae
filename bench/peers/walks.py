"""The measured walks at Keycloak: a realm with one shared resource, and the same two operations.

A resource server's client keeps a resource that Alice owns and has shared with Bob (user-managed
access). A grant is a permission ticket and the RPT for it; an introspection asks about one RPT.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

import httpx

from bench.peers.keycloak import REALM, Keycloak
from bench.plan import Plan, Step, form
from bench.walks import FORM
from heart_uma.metadata import UMA_TICKET_GRANT

PROTECTOR, SECRET, SCOPE = "resource-server", "a-secret-for-this-run-only", "view"
OWNER, DOCTOR = "alice", "bob"
HOUR = 3600


@dataclass(frozen=True)
class Realm:
    """What the walks need of a realm: its addresses, the shared resource, and whose tokens."""

    server: Keycloak
    resource_id: str
    pat: str
    owner: str
    doctor: str

    def grant(self, seconds: float) -> Plan:
        """Permission request, then the grant to the doctor, who has signed in already."""
        return Plan((self._permission(), self._token()), seconds=seconds)

    def introspection(self, seconds: float) -> Plan:
        """One RPT, asked about over and over."""
        fields = _introspection_of(self._rpt())
        url = f"{_tokens(self.server)}/introspect"
        step = Step("introspection", url, "POST", {"Content-Type": FORM}, form(fields), 200,
                    {"active": r'"active": ?(true)'})  # fmt: skip
        return Plan((step,), seconds=seconds)

    def _permission(self) -> Step:
        body = json.dumps([{"resource_id": self.resource_id, "resource_scopes": [SCOPE]}])
        headers = _bearer(self.pat) | {"Content-Type": "application/json"}
        url = f"{_protection(self.server)}/permission"
        return Step("permission", url, "POST", headers, body, 201,
                    {"ticket": r'"ticket": ?"([^"]+)"'})  # fmt: skip

    def _token(self) -> Step:
        fields = {"grant_type": UMA_TICKET_GRANT, "ticket": "{ticket}"}
        headers = _bearer(self.doctor) | {"Content-Type": FORM}
        return Step("token", _tokens(self.server), "POST", headers, form(fields), 200,
                    {"rpt": r'"access_token": ?"([^"]+)"'})  # fmt: skip

    def spends_a_ticket_twice(self) -> bool:
        """Whether one ticket gives two RPTs (Grant 3.3.6 wants it spent)."""
        ticket = self._ticket()
        return [self._trade(ticket).status_code for _ in range(2)] == [200, 200]

    def tells_of_a_share_that_ended(self) -> bool:
        """Whether an RPT is introspected with its permission after the owner took the share back.

        The last thing that is asked: there is no share any more.
        """
        rpt, http = self._rpt(), self.server.http
        shares = f"{_protection(self.server)}/uma-policy"
        found = http.get(f"{shares}?resource={self.resource_id}", headers=_bearer(self.owner))
        for share in found.raise_for_status().json():
            gone = http.delete(f"{shares}/{share['id']}", headers=_bearer(self.owner))
            gone.raise_for_status()
        url = f"{_tokens(self.server)}/introspect"
        told = http.post(url, data=_introspection_of(rpt)).raise_for_status().json()
        return bool(told["active"] and told.get("permissions"))

    def _rpt(self) -> str:
        return str(self._trade(self._ticket()).raise_for_status().json()["access_token"])

    def _ticket(self) -> str:
        asked = [{"resource_id": self.resource_id, "resource_scopes": [SCOPE]}]
        url = f"{_protection(self.server)}/permission"
        answer = self.server.http.post(url, json=asked, headers=_bearer(self.pat))
        return str(answer.raise_for_status().json()["ticket"])

    def _trade(self, ticket: str) -> httpx.Response:
        fields = {"grant_type": UMA_TICKET_GRANT, "ticket": ticket}
        url = _tokens(self.server)
        return self.server.http.post(url, data=fields, headers=_bearer(self.doctor))


def _introspection_of(rpt: str) -> dict[str, str]:
    return {
        "token": rpt,
        "token_type_hint": "requesting_party_token",
        "client_id": PROTECTOR,
        "client_secret": SECRET,
    }


def prepared(server: Keycloak) -> Realm:
    """Make people, client, resource and share, by Keycloak's own APIs."""
    server.admin(
        "PUT", f"/{REALM}", {"userManagedAccessAllowed": True, "accessTokenLifespan": HOUR}
    )
    for login, name in ((OWNER, "Alice Moreno"), (DOCTOR, "Bob Chen")):
        server.add_person(login, name)
    server.admin("POST", f"/{REALM}/clients", {
        "clientId": PROTECTOR, "secret": SECRET, "serviceAccountsEnabled": True,
        "authorizationServicesEnabled": True, "directAccessGrantsEnabled": True,
    })  # fmt: skip
    (client,) = server.admin("GET", f"/{REALM}/clients?clientId={PROTECTOR}").json()
    (owner,) = server.admin("GET", f"/{REALM}/users?username={OWNER}").json()
    resource = {"name": "conditions", "owner": {"id": owner["id"]}, "ownerManagedAccess": True,
                "scopes": [{"name": SCOPE}]}  # fmt: skip
    # By its administrator: what a client registers by the protection API is its own there.
    kept = f"/{REALM}/clients/{client['id']}/authz/resource-server/resource"
    made = server.admin("POST", kept, resource).json()
    pat = _token_of(server, grant_type="client_credentials")
    alice, bob = (
        _token_of(server, grant_type="password", username=login, password="demo")
        for login in (OWNER, DOCTOR)
    )
    share = {"name": "what Bob sees", "scopes": [SCOPE], "users": [DOCTOR]}
    url = f"{_protection(server)}/uma-policy/{made['_id']}"
    answer = server.http.post(url, json=share, headers=_bearer(alice))
    assert answer.is_success, answer.text
    return Realm(server, str(made["_id"]), pat, alice, bob)


def _token_of(server: Keycloak, **fields: str) -> str:
    client = {"client_id": PROTECTOR, "client_secret": SECRET}
    answer = server.http.post(_tokens(server), data=client | fields)
    return str(answer.raise_for_status().json()["access_token"])


def _tokens(server: Keycloak) -> str:
    return f"{server.issuer}/protocol/openid-connect/token"


def _protection(server: Keycloak) -> str:
    return f"{server.issuer}/authz/protection"


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}
