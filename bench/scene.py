"""A sharing service and a clinic, really running, with a patient, her rules and her doctor.

Everything is set up the way operators and people do it: import, sign-in, consent, linking, the
policy API. Nothing is written into a database behind a service's back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import httpx

from bench import patients, servers
from bench.people import Allowed, allowed_by
from bench.servers import Server
from bench.tools import Browser, import_one, link_record
from demo import keys
from demo.cast import BY_LOGIN, OWNER, PASSWORD
from demo.environment import TARGETS, settings_of
from demo.layout import Layout
from demo.owner_app import OwnerApp
from demo.records.elements import CEDAR
from demo.rules import standing_policies
from demo.seeding import add_people
from heart_uma import uma_client
from heart_uma.challenge import parse_challenge
from heart_uma.outcomes import RptIssued
from heart_uma.protection_api import ProtectionApi
from heart_uma.resources import Permission, ResourceDescription
from heart_uma.scopes import resource_scope, resource_scopes

DOCTOR = "bob"
RAISED = {
    "AS_REGISTRATION_RATE_PER_HOUR": "0",
    "RS_CHALLENGES_PER_SECOND": "1000000",
}
"""Rate limits that one loopback address would run into at once; the report says so."""


@dataclass(frozen=True)
class Place(Layout):
    """Free ports, a folder, and databases where `urls` says."""

    urls: Callable[[str], str] | None = None

    def database(self, service: str) -> str:
        return self.urls(service) if self.urls else super().database(service)


@dataclass
class Scene:
    """What the measurements need: addresses, tokens, ids."""

    place: Place
    secrets: Mapping[str, str]
    workers: int
    threads: int
    http: httpx.Client
    record: str = ""
    rpt: str = ""
    doctor: Allowed | None = None
    protector: Allowed | None = None
    resource_ids: tuple[str, ...] = ()
    raised: Mapping[str, str] = field(default_factory=lambda: RAISED)

    def launch(self, service: str, port: int | None = None, **changes: str) -> Server:
        """Start a service: at its own port, or as a second process of it at `port`."""
        settings = settings_of(service, self.place, self.secrets) | dict(self.raised) | changes
        if service != "as":
            settings["RS_DATABASE_URL"] = self.place.database(service)
        return servers.launch(
            "authorization-server" if service == "as" else "resource-server",
            TARGETS[service],
            settings,
            port=port or self.place.port(service),
            folder=self.place.data_dir,
            workers=self.workers,
            threads=self.threads,
        )

    def now(self) -> datetime:
        return datetime.now(UTC)

    @property
    def base(self) -> str:
        return f"{self.place.fhir_base(CEDAR)}/r/{self.record}"

    def take_rpt(self) -> None:
        """The doctor goes all the way: tokenless request, ticket, claims, RPT."""
        assert self.doctor is not None
        refused = self.http.get(f"{self.base}/Observation")
        challenge = parse_challenge(refused.headers.get("WWW-Authenticate"), None)
        assert challenge is not None, refused.text[:300]
        self.rpt = self._trade(challenge.ticket)

    def rpt_for_the_protector(self) -> str:
        """An RPT for the resource that the measured grants ask for."""
        scopes = frozenset(ticket_scopes())
        permission = Permission(self.resource_ids[0], scopes)
        return self._trade(self.protection_api().permission([permission]))

    def protection_api(self) -> ProtectionApi:
        assert self.protector is not None
        held = self.protector
        return ProtectionApi(self.http, held.metadata, held.tokens.access_token)

    def _trade(self, ticket: str) -> str:
        assert self.doctor is not None
        outcome = uma_client.trade(
            self.http,
            self.doctor.metadata,
            self.doctor.client,
            ticket,
            claim_token=self.doctor.fresh_id_token(),
            purpose_of_use="TREAT",
        )
        if not isinstance(outcome, RptIssued):
            raise RuntimeError(f"the doctor got no RPT: {outcome}")
        return outcome.access_token


@contextmanager
def playing(
    folder: Path,
    *,
    workers: int,
    threads: int,
    urls: Callable[[str], str] | None = None,
    raised: Mapping[str, str] = RAISED,
) -> Iterator[tuple[Scene, Server, Server]]:
    """Set everything up, and stop the servers when the block ends."""
    place = Place(port_base=servers.free_port_base(2), data_dir=folder, urls=urls)
    _, secrets = keys.prepare(place)
    add_people(place, secrets)
    file = folder / "measured.json"
    patients.write_measured_patient(file)
    imported = import_one(place.database(CEDAR), file, identity_copy=False)
    with httpx.Client(timeout=20, trust_env=False) as http:
        scene = Scene(place, secrets, workers, threads, http, record=imported.record, raised=raised)
        authority, clinic = scene.launch("as"), scene.launch(CEDAR)
        with servers.running([authority, clinic]):
            _set_up(scene, imported.code)
            yield scene, authority, clinic


def _set_up(scene: Scene, code: str) -> None:
    issuer, http = scene.place.issuer, scene.http
    with Browser() as browser:
        link_record(browser, scene.place.origin(CEDAR), issuer, code, OWNER, PASSWORD)
    owner = OwnerApp.allowed_by(http, issuer, "http://127.0.0.1:9/allowed", OWNER, PASSWORD)
    found = {login: _key(owner, login) for login in ("bob", "dana", "sam", "vic")}
    for policy in standing_policies(found, scene.now()):
        owner.put_policy(policy)
    owner.leave()
    scope = "openid offline_access"
    scene.doctor = allowed_by(http, issuer, DOCTOR, scope, name="A clinic app")
    scene.protector = allowed_by(
        http,
        issuer,
        OWNER,
        "openid uma_protection offline_access",
        name="A resource server",
        application_type="web",
        grant_types=["authorization_code", "refresh_token"],
        heart_uma_resource_server={"base": "http://127.0.0.1:9/fhir", "limits": True},
    )
    scene.resource_ids = _register_resources(scene)
    scene.take_rpt()


def _key(owner: OwnerApp, login: str) -> str:
    person = BY_LOGIN[login]
    found = owner.people(person.name if person.listed else person.email)
    return next(str(one["key"]) for one in found if one["name"] == person.name)


def _register_resources(scene: Scene) -> tuple[str, ...]:
    """One condition resource: what a ticket of the measured grants asks for."""
    description = ResourceDescription(
        "Condition",
        "conditions",
        "http://127.0.0.1:9/fhir/r/abcdefghijklmnopqrstuv",
        tuple(resource_scopes("Condition")),
        "Conditions",
    )
    return (scene.protection_api().register(description).resource_id,)


def ticket_scopes() -> list[str]:
    """What a resource server asks for a read: the base scope and every label scope."""
    labels = [s for s in resource_scopes("Condition") if not s.startswith("patient/")]
    return [resource_scope("Condition", "read"), *(s for s in labels if s != "btg")]
