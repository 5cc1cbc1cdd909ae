"""Six services and a cast in one process: real HTTP semantics, no sockets, a clock that obeys.

`World(folder)` builds the AS, three resource servers, the portal and the clinic app, wired to each
other through WSGI. `seeded(folder)` is the demo's world: Alice's records are linked and her rules
stand. `stranger()` gives a client written from the specifications alone.
"""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx

import as_server.app
import fhir_rs.app
import patient_portal.app
import requester_app.app
from as_server.settings import AsSettings
from demo import environment, seeding
from demo.cast import BY_LOGIN, OWNER, PASSWORD
from demo.keys import prepare
from demo.layout import DEFAULT_PORT_BASE, Layout
from demo.records.sources import SOURCE_NAMES, SOURCES, records
from demo.rules import standing_policies
from fhir_rs.settings import Settings as RsSettings
from operator_tools.browser import Browser
from operator_tools.keys import make_keys
from operator_tools.linking import link_record
from patient_portal.settings import PortalSettings
from requester_app.settings import RequesterSettings
from tests.wire import Stranger, seen_by

DATABASES = ("as", *SOURCES, "portal", "requester")


def _now() -> datetime:
    return datetime.now(UTC)


class _NoSockets(httpx.BaseTransport):
    def handle_request(self, request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError(f"no service at {request.url}", request=request)


@dataclass(frozen=True)
class Elsewhere(Layout):
    """The demo's layout, with its databases elsewhere if `urls` says where."""

    urls: Callable[[str], str] | None = None

    def database(self, service: str) -> str:
        return self.urls(service) if self.urls else super().database(service)


class World:
    """The running system; `clock` is shared by all six services.

    `databases` maps a service to its SQLAlchemy URL; by default each has a SQLite file in `folder`.
    """

    def __init__(
        self,
        folder: Path,
        clock: Callable[[], datetime] = _now,
        databases: Callable[[str], str] | None = None,
        port_base: int = DEFAULT_PORT_BASE,
        **changes: str,
    ) -> None:
        self.down: set[str] = set()
        self.cut: set[tuple[str, str]] = set()
        self.trouble: dict[tuple[str, str], str] = {}
        self.layout = Elsewhere(port_base, folder, urls=databases)
        self.clock = clock
        self.databases = self.layout.database
        folder.mkdir(parents=True, exist_ok=True)
        for service in (*SOURCES, "portal", "requester"):
            make_keys(self.layout.key_file(service), "ES256")
        _, self.secrets = prepare(self.layout)
        self.http = self.client()
        self.changes = changes
        self.apps: Mapping[str, Any] = _Apps(self)

    def settings(self, service: str, prefix: str) -> dict[str, Any]:
        """What the service's settings object is made from."""
        raw = environment.settings_of(service, self.layout, self.secrets)
        raw[f"{prefix}DATABASE_URL"] = self.databases(service)
        raw |= {name: value for name, value in self.changes.items() if name.startswith(prefix)}
        return {name.removeprefix(prefix).lower(): value for name, value in raw.items()}

    def client(self, caller: str = "") -> httpx.Client:
        """A client with cookies of its own that reaches every service, and nothing else.

        `down` holds services that nobody reaches, `cut` pairs (caller, service) that are parted,
        `trouble` what else is wrong between a caller ("*": any) and a service.
        """
        return httpx.Client(
            mounts={
                self.layout.origin(service): _Door(self, caller, service) for service in DATABASES
            },
            transport=_NoSockets(),
            timeout=30,
            follow_redirects=False,
        )

    def browser(self) -> Browser:
        return Browser(self.client())

    def stranger(self, **registration: Any) -> Stranger:
        """A dynamically registered client of nobody's."""
        stranger = Stranger(self.client, self.layout.issuer, self.clock)
        stranger.register(**registration)
        return stranger

    @property
    def bases(self) -> dict[str, str]:
        """The record base of Alice at each source."""
        held: dict[str, str] = json.loads((self.layout.data_dir / "bases.json").read_text())
        return held

    def seen_by(self, login: str) -> set[str]:
        """What a person sees on the wire over all three sources: absolute URLs."""
        return seen_by(self.stranger(), self.bases.values(), login)


class _Apps(dict[str, Any]):
    """The services, each built when it is first needed."""

    def __init__(self, world: World) -> None:
        self._world = world

    def __missing__(self, service: str) -> Any:
        world = self._world
        shared: dict[str, Any] = {"clock": world.clock, "http": world.client(service)}
        if service == "as":
            app: Any = as_server.app.create_app(AsSettings(**world.settings("as", "AS_")), **shared)
        elif service == "portal":
            settings = PortalSettings(**world.settings("portal", "PORTAL_"))
            app = patient_portal.app.create_app(settings, **shared)
        elif service == "requester":
            app = requester_app.app.create_app(
                RequesterSettings(**world.settings("requester", "REQUESTER_")), **shared
            )
        else:
            app = fhir_rs.app.create_app(RsSettings(**world.settings(service, "RS_")), **shared)
        self[service] = app
        return app


class _Door(httpx.BaseTransport):
    """The way from one caller to one service."""

    def __init__(self, world: World, caller: str, service: str) -> None:
        self._world, self._caller, self._service = world, caller, service

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        world = self._world
        if self._service in world.down or (self._caller, self._service) in world.cut:
            raise httpx.ConnectError(f"{self._service} is out of reach", request=request)
        trouble = world.trouble
        wrong = trouble.get((self._caller, self._service)) or trouble.get(("*", self._service))
        if wrong and self._caller:
            return _in_trouble(wrong, request, self._answer)
        return self._answer(request)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        app = self._world.apps[self._service]
        transport = httpx.WSGITransport(app=app, remote_addr="127.0.0.1")
        return transport.handle_request(request)


def _in_trouble(
    wrong: str, request: httpx.Request, answer: Callable[[httpx.Request], httpx.Response]
) -> httpx.Response:
    if wrong == "stopped":
        raise httpx.ConnectError("connection refused", request=request)
    if wrong == "hanging":
        raise httpx.ReadTimeout("no answer in time", request=request)
    if wrong == "refusing":
        return httpx.Response(503, headers={"Retry-After": "30"}, request=request)
    time.sleep(0.01)  # slow: late, and whole
    return answer(request)


def seed(world: World) -> None:
    """Link Alice's three records through the pages, hide two of them, write her rules."""
    now = world.clock()
    seeding.add_people(world.layout, world.secrets)
    imported = seeding.import_records(world.layout, now)
    bases = {}
    for source in SOURCES:
        link_record(
            world.browser(),
            world.layout.origin(source),
            world.layout.issuer,
            imported[source].code,
            OWNER,
            PASSWORD,
        )
        bases[source] = f"{world.layout.fhir_base(source)}/r/{imported[source].record}"
    (world.layout.data_dir / "bases.json").write_text(json.dumps(bases))
    alice = Owner(world)
    people = {login: alice.key_of(login) for login in seeding.IN_RULES}
    for policy in standing_policies(people, now):
        alice.put(policy)
    for source in SOURCES:
        ids = [
            f"{record.resource['resourceType']}/{record.resource['id']}"
            for record in records(now.date())
            if record.source == source and record.level == "hidden"
        ]
        if ids:
            answer = alice.at(source, "POST", "/$level", json={"level": "hidden", "ids": ids})
            assert answer.status_code < 300, answer.text


class Owner:
    """Alice with a stranger's app in her hand: the policy API and her own path to each record."""

    def __init__(self, world: World, login: str = OWNER) -> None:
        self.world = world
        self.app = world.stranger()
        tokens = self.app.login(login, "openid uma_policy owner offline_access")
        self.access_token, self.refresh_token = tokens["access_token"], tokens["refresh_token"]
        self.owner_tokens: dict[str, str] = {}

    def call(self, method: str, path: str = "", **options: Any) -> httpx.Response:
        """A call to the policy endpoint."""
        return self.call_url(method, self.app.metadata["policy_endpoint"] + path, **options)

    def call_url(self, method: str, url: str, **options: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.access_token}"}
        return self.app.http.request(method, url, headers=headers, **options)

    def put(self, policy: dict[str, Any]) -> dict[str, Any]:
        answer = self.call("PUT", f"/{policy['id']}", json=policy)
        assert answer.status_code in (200, 201), answer.text
        body: dict[str, Any] = answer.json()
        return body

    def policies(self) -> dict[str, dict[str, Any]]:
        """Her policies by the name on their label."""
        found = self.call("GET").json()["policies"]
        return {policy["label"]["name"]: policy for policy in found}

    def key_of(self, login: str) -> str:
        """The account key that the directory gives for a person of the cast."""
        person = BY_LOGIN[login]
        query = person.name if person.listed else person.email
        answer = self.call_url("GET", self.app.metadata["people_endpoint"], params={"q": query})
        return next(str(p["key"]) for p in answer.json()["people"] if p["name"] == person.name)

    def owner_token(self, source: str) -> str:
        base = self.world.layout.fhir_base(source)
        if base not in self.owner_tokens:
            answer = self.app.token(
                grant_type="refresh_token", refresh_token=self.refresh_token, resource=base
            )
            assert answer.status_code == 200, answer.text
            self.refresh_token = answer.json()["refresh_token"]
            self.owner_tokens[base] = answer.json()["access_token"]
        return self.owner_tokens[base]

    def at(self, source: str, method: str, path: str, **options: Any) -> httpx.Response:
        """A call to one of her records, as its owner."""
        headers = {"Authorization": f"Bearer {self.owner_token(source)}"}
        url = self.world.bases[source] + path
        return self.app.http.request(method, url, headers=headers, **options)

    def preview(self, **body: Any) -> dict[str, dict[str, Any]]:
        """What a draft or a person would get: the RSs' preview answers by source."""
        answer = self.call("POST", "/preview", json=body)
        assert answer.status_code == 200, answer.text
        shown = {}
        sources = {base: source for source, base in self.world.bases.items()}
        for record in answer.json()["records"]:
            source = sources[record["record"]]
            sent = {"permissions": record["permissions"], "tell": record["tell"]}
            preview = self.at(source, "POST", "/$preview", json=sent)
            assert preview.status_code == 200, preview.text
            shown[source] = preview.json()
        return shown


def shown_ids(world: World, previews: dict[str, dict[str, Any]]) -> set[str]:
    """The absolute URLs of all that previews say is shown."""
    return {
        f"{world.bases[source]}/{item['id']}"
        for source, preview in previews.items()
        for item in preview["shown"]
    }


def copy_of(folder: Path, target: Path) -> Path:
    """A seeded folder copied, so that a test may change everything."""
    shutil.copytree(folder, target, dirs_exist_ok=True)
    return target


def source_names(sources: Iterable[str] = SOURCES) -> list[str]:
    return [SOURCE_NAMES[source] for source in sources]
