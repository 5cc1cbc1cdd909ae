"""The resource server against the project's own authorization server: link, ticket, RPT, event."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from as_server.app import create_app as create_as
from as_server.context import AsServer
from as_server.models import account
from as_server.settings import AsSettings
from fhir_rs.app import create_app as create_rs
from fhir_rs.context import FhirRs
from fhir_rs.db import reading
from fhir_rs.models import link as links
from heart_ground.orm import writing
from heart_uma.challenge import parse_challenge
from heart_uma.jose import KeySet
from operator_tools.browser import Browser
from operator_tools.linking import link_record
from tests.conftest import Clock
from tests.fhir_rs.protected import CODE, RECORD, add_records, make_settings, probe
from tests.wire import Stranger, ticket_of

AS, RS = "http://localhost:8400", "http://localhost:8401"


class Wires(httpx.BaseTransport):
    """Each server by its port; the two must know each other before either exists."""

    def __init__(self) -> None:
        self.to: dict[int | None, httpx.WSGITransport] = {}

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return self.to[request.url.port].handle_request(request)


class World:
    """Both servers in one process, and a person's browser that reaches them."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        self.clock = clock
        self.keys: dict[str, str] = {}
        self.wires = Wires()
        self.http = httpx.Client(transport=self.wires)
        self.authorization_server = self._as(folder)
        self.resource_server = self._rs(folder)
        for base, app in ((AS, self.authorization_server), (RS, self.resource_server)):
            self.wires.to[urlsplit(base).port] = httpx.WSGITransport(app)

    def browser(self) -> Browser:
        return Browser(self.client())

    def _as(self, folder: Path) -> AsServer:
        settings = AsSettings(
            issuer=AS, secret="a secret of the tests, 0123456789 abcdef",
            database_url=f"sqlite:///{folder}/as.db", argon2_memory_kib=8, argon2_time_cost=1,
            registration_rate_per_hour=0, signing_algorithm="ES256",
        )  # fmt: skip
        keys = KeySet.generate("ES256")
        app = create_as(settings, clock=self.clock, key_set=keys, http=self.http)
        with writing(app.engine) as db:
            for login, name in (("alice", "Alice Moreno"), ("bob", "Dr. Bob Chen")):
                self.keys[login] = account.create(
                    db, login=login, password_hash=app.passwords.hash("demo"), name=name,
                    clinician=login == "bob", created_at=int(self.clock().timestamp()),
                ).key  # fmt: skip
        return app

    def _rs(self, folder: Path) -> FhirRs:
        settings = make_settings(
            folder, KeySet.generate("ES256"), base_url=f"{RS}/fhir", trusted_as=(AS,),
            database_url=f"sqlite:///{folder}/rs.db",
        )  # fmt: skip
        app = create_rs(settings, clock=self.clock, http=self.http)
        app.add_url_rule("/fhir/r/<record>/Probe", view_func=probe)
        add_records(app)
        return app

    def client(self) -> httpx.Client:
        return httpx.Client(transport=self.wires)

    def stranger(self) -> Stranger:
        made = Stranger(self.client, AS, self.clock)
        made.register()
        return made

    def probe(self, token: str | None = None) -> httpx.Response:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return self.http.get(f"{RS}/fhir/r/{RECORD}/Probe", headers=headers)

    def link(self) -> Any:
        with reading(self.resource_server.engine) as connection:
            return links.find(connection, RECORD)


@pytest.fixture
def world(tmp_path: Path, clock: Clock) -> Iterator[World]:
    made = World(tmp_path, clock)
    yield made
    made.authorization_server.engine.dispose()
    made.resource_server.engine.dispose()


@pytest.mark.spec("F-20")
@pytest.mark.spec("G-28")
def test_a_person_links_her_record_and_strangers_get_tickets(world: World) -> None:
    browser = world.browser()
    page = link_record(browser, RS, AS, CODE, "alice", "demo")
    assert "is linked" in page.text
    assert world.link().issuer == AS
    answer = world.probe()
    assert answer.status_code == 401
    challenge = parse_challenge(answer.headers["WWW-Authenticate"])
    assert challenge is not None and challenge.as_uri == AS


@pytest.mark.spec("F-26")
def test_the_pat_is_renewed_while_she_is_away(world: World) -> None:
    link_record(world.browser(), RS, AS, CODE, "alice", "demo")
    before = world.link().tokens
    world.clock.advance(hours=2)
    assert world.probe().status_code == 401
    assert world.link().tokens != before and world.link().connected


def policy_for(person: str) -> dict[str, Any]:
    return {
        "id": "policy-of-the-real-server-1", "state": "on", "effect": "permit", "ask_me": False,
        "who": {"person": person},
        "what": {"everything": False, "kinds": ["results"], "topics": [], "write": False,
                 "records": {"include": [], "exclude": []}, "since": None, "until": None},
        "why": ["TREAT"], "when": {"from": None, "until": None}, "paused_until": None,
        "tell": {"level": "kinds", "note": None}, "label": {"name": "Bob", "detail": ""},
    }  # fmt: skip


@pytest.mark.spec("HFU-28")
@pytest.mark.spec("HFU-31")
def test_a_share_opens_the_record_and_its_stop_closes_it_at_once(world: World) -> None:
    link_record(world.browser(), RS, AS, CODE, "alice", "demo")
    portal, clinic = world.stranger(), world.stranger()
    alice = portal.login("alice", "openid uma_policy")["access_token"]
    policy = policy_for(world.keys["bob"])
    address = f"{portal.metadata['policy_endpoint']}/{policy['id']}"
    owner = {"Authorization": f"Bearer {alice}"}
    shared = world.http.put(address, json=policy, headers=owner)
    assert shared.status_code == 201, shared.text
    id_token = clinic.login("bob", "openid profile")["id_token"]
    _, ticket = ticket_of(world.probe())
    traded = clinic.trade(ticket, id_token, purpose_of_use="TREAT", reason="Visit")
    assert traded.status_code == 200, traded.text
    rpt = traded.json()["access_token"]
    served = world.probe(rpt)
    assert served.status_code == 200 and served.json()["policies"] == [policy["id"]]
    stopped = world.http.delete(address, headers=owner)
    assert stopped.status_code == 200
    assert stopped.json()["effect"]["status"] == "effective"
    assert world.link().epoch > 0
    ticket_of(world.probe(rpt))


def test_the_owner_comes_in_with_her_own_token(world: World) -> None:
    link_record(world.browser(), RS, AS, CODE, "alice", "demo")
    portal = world.stranger()
    token = portal.login("alice", "openid owner offline_access", resource=f"{RS}/fhir")
    fresh = portal.token(
        grant_type="refresh_token", refresh_token=token["refresh_token"], resource=f"{RS}/fhir"
    ).json()["access_token"]
    answer = world.probe(fresh)
    assert answer.status_code == 200 and answer.json()["owner"] is True
    headers = {"Authorization": f"Bearer {fresh}"}
    activity = world.http.get(f"{RS}/fhir/r/{RECORD}/$activity", headers=headers).json()
    assert [entry["actor"] for entry in activity["entries"]] == ["owner"]
