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
from bench.owners import Owner, settled
from bench.people import Allowed, allowed_by
from bench.servers import Server
from bench.tools import import_one
from demo import keys
from demo.cast import OWNER
from demo.environment import TARGETS, settings_of
from demo.layout import Layout
from demo.records.elements import CEDAR
from demo.seeding import add_people
from heart_uma import uma_client
from heart_uma.challenge import parse_challenge
from heart_uma.outcomes import RptIssued
from heart_uma.protection_api import ProtectionApi
from heart_uma.resources import Permission
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
    doctor: Allowed | None = None
    owners: list[Owner] = field(default_factory=list)
    """The first is the demo's own; `crowd` adds others."""
    raised: Mapping[str, str] = field(default_factory=lambda: RAISED)
    observations: int = patients.OBSERVATIONS

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
    def clinic(self) -> str:
        """What the address of every record begins with."""
        return f"{self.place.fhir_base(CEDAR)}/r/"

    @property
    def base(self) -> str:
        return f"{self.clinic}{self.record}"

    @property
    def rpt(self) -> str:
        """What the doctor has for the first owner's record."""
        return self.owners[0].rpt

    @property
    def resource_id(self) -> str:
        return self.owners[0].resource_id

    @property
    def protector(self) -> Allowed:
        return self.owners[0].protector

    def take_rpt(self) -> None:
        """The doctor goes all the way for each record: tokenless request, ticket, claims, RPT."""
        for owner in self.owners:
            refused = self.http.get(f"{self.clinic}{owner.record}/Observation")
            challenge = parse_challenge(refused.headers.get("WWW-Authenticate"), None)
            assert challenge is not None, refused.text[:300]
            owner.rpt = self._trade(challenge.ticket)

    def rpt_for_the_protector(self, owner: Owner | None = None) -> str:
        """An RPT for the resource that the measured grants ask for."""
        owner = owner or self.owners[0]
        scopes = frozenset(ticket_scopes())
        permission = Permission(owner.resource_id, scopes)
        return self._trade(self.protection_api(owner).permission([permission]))

    def protection_api(self, owner: Owner | None = None) -> ProtectionApi:
        held = (owner or self.owners[0]).protector
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
    observations: int = patients.OBSERVATIONS,
) -> Iterator[tuple[Scene, Server, Server]]:
    """Set everything up, and stop the servers when the block ends."""
    place = Place(port_base=servers.free_port_base(2), data_dir=folder, urls=urls)
    _, secrets = keys.prepare(place)
    add_people(place, secrets)
    file = folder / "measured.json"
    patients.write_measured_patient(file, count=observations)
    imported = import_one(place.database(CEDAR), file, identity_copy=False)
    with httpx.Client(timeout=20, trust_env=False) as http:
        scene = Scene(place, secrets, workers, threads, http, record=imported.record,
                      raised=raised, observations=observations)  # fmt: skip
        authority, clinic = scene.launch("as"), scene.launch(CEDAR)
        with servers.running([authority, clinic]):
            _set_up(scene, imported.code)
            yield scene, authority, clinic


def _set_up(scene: Scene, code: str) -> None:
    scene.owners = [
        settled(
            scene.http,
            scene.place,
            OWNER,
            record=scene.record,
            code=code,
            observations=patients.observation_ids(count=scene.observations),
            now=scene.now(),
        )
    ]
    scope = "openid offline_access"
    scene.doctor = allowed_by(scene.http, scene.place.issuer, DOCTOR, scope, name="A clinic app")
    scene.take_rpt()


def ticket_scopes() -> list[str]:
    """What a resource server asks for a read: the base scope and every label scope."""
    labels = [s for s in resource_scopes("Condition") if not s.startswith("patient/")]
    return [resource_scope("Condition", "read"), *(s for s in labels if s != "btg")]
