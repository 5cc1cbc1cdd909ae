"""Two authorization servers and two resource servers, each pair on one database, and two hands.

Everything is set up as operators and people do it (`bench.scene`). Each server of a pair answers
at a port of its own and believes to be the only one, as workers of one service do.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx

from bench import servers
from bench.patients import observation_ids
from bench.people import RETURN_TO
from bench.scene import Scene, playing, ticket_scopes
from demo.cast import OWNER, PASSWORD
from demo.owner_app import OwnerApp
from demo.records.elements import CEDAR
from heart_uma import authorization_request
from heart_uma.challenge import parse_challenge
from heart_uma.metadata import ID_TOKEN_FORMAT, UMA_TICKET_GRANT
from heart_uma.resources import Permission
from operator_tools.browser import Browser
from operator_tools.signing_in import sign_in_and_allow

RULE = "raced-share-of-one-doctor"
CLAIM_SECONDS = 120.0
"""Seconds after which a fresh claim token is fetched; they live for five minutes."""

Step = Callable[[httpx.Client], Any]


@dataclass
class Arena:
    """The servers, the people, and a door to each server of a pair."""

    scene: Scene
    owner: OwnerApp
    doctor_key: str
    issuers: tuple[str, str]
    clinics: tuple[str, str]
    doors: tuple[httpx.Client, httpx.Client]
    threads: ThreadPoolExecutor
    browser: Browser
    version: int = 0
    _claim: str = ""
    _claimed: float = field(default=-CLAIM_SECONDS)

    def at_once(self, one: Step, two: Step) -> tuple[Any, Any]:
        """Both steps, begun at one moment, each with an HTTP client of its own."""
        barrier = threading.Barrier(2)

        def run(step: Step, door: httpx.Client) -> Any:
            barrier.wait(10)
            return step(door)

        first = self.threads.submit(run, one, self.doors[0])
        second = self.threads.submit(run, two, self.doors[1])
        return first.result(60), second.result(60)

    def both(self, form: Callable[[], dict[str, str]], path: str = "/token") -> tuple[Any, Any]:
        """The same presentation to both authorization servers."""
        return self.at_once(*(self.posting(place, path, form()) for place in (0, 1)))

    def posting(self, place: int, path: str, form: dict[str, str]) -> Step:
        """The step that sends a form to one of the two authorization servers."""
        return lambda http: http.post(self.issuers[place] + path, data=form)

    # What the doctor's app does.

    def proof(self) -> dict[str, str]:
        assert self.scene.doctor is not None
        return self.scene.doctor.proof()

    def trading(self, ticket: str) -> dict[str, str]:
        assert self.scene.doctor is not None
        if time.monotonic() - self._claimed > CLAIM_SECONDS:
            self._claim, self._claimed = self.scene.doctor.fresh_id_token(), time.monotonic()
        form = {"grant_type": UMA_TICKET_GRANT, "ticket": ticket, "claim_token": self._claim}
        return form | {"claim_token_format": ID_TOKEN_FORMAT, **self.proof()}

    def refreshing(self, token: str) -> dict[str, str]:
        return {"grant_type": "refresh_token", "refresh_token": token, **self.proof()}

    def redeeming(self, code: str, verifier: str) -> dict[str, str]:
        form = {"grant_type": "authorization_code", "code": code, "code_verifier": verifier}
        return form | {"redirect_uri": RETURN_TO, **self.proof()}

    def post(self, path: str, form: dict[str, str]) -> httpx.Response:
        return self.scene.http.post(self.scene.place.issuer + path, data=form)

    def ticket(self) -> str:
        """For the resource that was registered apart, at no clinic's door."""
        permission = Permission(self.scene.resource_id, frozenset(ticket_scopes()))
        return self.scene.protection_api().permission([permission])

    def rpt(self, ticket: str) -> dict[str, Any]:
        answer = self.post("/token", self.trading(ticket))
        assert answer.status_code == 200, answer.text
        body: dict[str, Any] = answer.json()
        return body

    def rpt_for_the_record(self) -> str:
        refused = self.scene.http.get(self.reading(0))
        challenge = parse_challenge(refused.headers.get("WWW-Authenticate"), None)
        assert challenge is not None, refused.text[:300]
        return str(self.rpt(challenge.ticket)["access_token"])

    def reading(self, place: int) -> str:
        """One observation, at one of the two resource servers."""
        return f"{self.clinics[place]}/fhir/r/{self.scene.record}/Observation/{OBSERVATION}"

    def is_active(self, token: str) -> bool:
        assert self.scene.protector is not None
        bearer = {"Authorization": f"Bearer {self.scene.protector.tokens.access_token}"}
        address = self.scene.place.issuer + "/introspect"
        answer = self.scene.http.post(address, data={"token": token}, headers=bearer)
        assert answer.status_code == 200, answer.text
        return bool(answer.json()["active"])

    def is_alive(self, body: dict[str, Any]) -> bool:
        """True when an RPT or its refresh token is still worth something."""
        again = self.post("/token", self.refreshing(body["refresh_token"]))
        return self.is_active(body["access_token"]) or again.status_code == 200

    def code(self) -> tuple[str, str]:
        """An authorization code of the owner for the doctor's app, and its verifier."""
        doctor = self.scene.doctor
        assert doctor is not None
        client = doctor.client
        address, state = authorization_request.start(
            doctor.metadata,
            client.client_id,
            RETURN_TO,
            "openid",
            address=client.authorization_address,
        )
        page = sign_in_and_allow(self.browser, self.browser.get(address), OWNER, PASSWORD)
        return dict(parse_qsl(urlsplit(page.url).query))["code"], state.verifier

    # What the owner does.

    def share(self) -> None:
        """Her one rule stands: everything for the doctor."""
        answer = self._owner("PUT", json={
            "state": "on", "effect": "permit", "who": {"person": self.doctor_key},
            "what": {"everything": True}, "version": self.version,
        })  # fmt: skip
        self.version = int(answer["policy"]["version"])

    def stopping(self, place: int) -> Step:
        """The step that stops it at one of the two: how far it got at the clinic, and when it was
        answered. (The server that only registered a resource takes no events.)"""
        address = f"{self.issuers[place]}/policy/{RULE}"
        bearer = {"Authorization": f"Bearer {self.owner.tokens.access_token}"}

        def stop(http: httpx.Client) -> tuple[str, float]:
            answer = http.delete(address, headers=bearer)
            at = time.monotonic()
            assert answer.status_code == 200, answer.text
            self.version = int(answer.json()["policy"]["version"])
            told = answer.json()["effect"]["resource_servers"]
            clinic = self.scene.place.fhir_base(CEDAR)
            return next(str(one["status"]) for one in told if one["base"] == clinic), at

        return stop

    def end_other_rules(self) -> None:
        for policy in self._owner("GET", "")["policies"]:
            if policy["state"] != "ended":
                self._owner("DELETE", f"/{policy['id']}")

    def _owner(self, method: str, path: str = f"/{RULE}", **options: Any) -> dict[str, Any]:
        bearer = {"Authorization": f"Bearer {self.owner.tokens.access_token}"}
        address = f"{self.scene.place.issuer}/policy{path}"
        answer = self.scene.http.request(method, address, headers=bearer, **options)
        assert answer.status_code in (200, 201), answer.text
        body: dict[str, Any] = answer.json()
        return body


OBSERVATION = observation_ids()[0]


@contextmanager
def arena(folder: Path, urls: Callable[[str], str] | None = None) -> Iterator[Arena]:
    """Set everything up; `urls` gives each service's database, SQLite files by default."""
    with playing(folder, workers=1, threads=4, urls=urls) as (scene, authority, clinic):
        ports = servers.free_port(), servers.free_port()
        seconds = [
            scene.launch(service, port) for service, port in zip(("as", CEDAR), ports, strict=True)
        ]
        with servers.running(seconds), Browser(stop_at=RETURN_TO) as browser:
            doors = tuple(httpx.Client(timeout=30, trust_env=False) for _ in range(2))
            owner = OwnerApp.allowed_by(
                scene.http, scene.place.issuer, "http://127.0.0.1:9/raced", OWNER, PASSWORD
            )
            key = str(owner.people("Dr. Bob Chen")[0]["key"])
            made = Arena(
                scene, owner, key,
                (authority.origin, seconds[0].origin), (clinic.origin, seconds[1].origin),
                (doors[0], doors[1]), ThreadPoolExecutor(2), browser,
            )  # fmt: skip
            made.end_other_rules()
            try:
                yield made
            finally:
                made.threads.shutdown()
                for door in doors:
                    door.close()
