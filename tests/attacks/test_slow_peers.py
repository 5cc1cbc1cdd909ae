"""Peers that drip, hang or flood: what strangers run never holds a service up (DOS-20).

Each call ends at its deadline, whatever a byte at a time may promise; few calls to strangers wait
at once; and a peer that hung is not waited for by everybody in turn.
"""

from __future__ import annotations

import re
import threading
import time
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from as_server.app import create_app
from as_server.clients import keys
from as_server.settings import AsSettings
from heart_uma.jose import KeySet
from patient_portal.app import create_app as create_portal
from patient_portal.clinics import rs_api
from patient_portal.settings import PortalSettings
from tests.as_server.person import App
from tests.conftest import Clock
from tests.heart_ground.misbehaving import (
    Led,
    Say,
    Server,
    client_of,
    drip_body,
    drip_headers,
    endless_body,
    gzip_bomb,
    in_time,
    lead,
    server,
    silent,
)
from tests.patient_portal import fakes, story
from tests.patient_portal.conftest import KEYS, Alice
from tests.requester_app.clinic import ALL_KINDS, CEDAR, Clinic

WAYS = (drip_headers, drip_body, silent, endless_body, gzip_bomb)
each_way = pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
PATIENT = 12.0
"""Seconds after which a test gives up: many times what a call may take, on a busy machine."""
SECRET = "a secret of the tests, 0123456789 abcdef"


@pytest.fixture
def clients(
    as_settings: AsSettings, clock: Clock, server_keys: KeySet, monkeypatch: pytest.MonkeyPatch
) -> Callable[[str], App]:
    """Registers clients whose keys are at an address; a fetch may take a second and a half."""
    monkeypatch.setattr(keys, "TIMEOUT", 1.5)
    app = create_app(as_settings, clock=clock, key_set=server_keys)
    return lambda uri: App(app, clock).register(jwks=None, jwks_uri=uri)


def token_request(app: App) -> Callable[[], int]:
    form = {"grant_type": "refresh_token", "refresh_token": "x", **app.proof()}
    return lambda: int(app.wire.post("/token", data=form).status_code)


@pytest.mark.fault("A2")
@pytest.mark.attack("DOS-20")
@each_way
def test_a_key_address_that_misbehaves_is_given_up_in_time(
    clients: Callable[[str], App], way: Callable[[Say], None]
) -> None:
    with server(way) as peer:
        assert in_time(PATIENT, token_request(clients(f"{peer.url}/jwks"))) == 401


@pytest.mark.fault("A2")
@pytest.mark.attack("DOS-20")
def test_strangers_never_hold_all_threads(clients: Callable[[str], App]) -> None:
    """Eight threads a worker: with as many hung fetches nobody could stop a share."""
    with server(drip_headers) as peer:
        requests = [token_request(clients(f"{peer.url}/{n}")) for n in range(8)]
        running = [threading.Thread(target=one, daemon=True) for one in requests]
        for thread in running:
            thread.start()
        for thread in running:
            thread.join(PATIENT)
        assert not any(thread.is_alive() for thread in running)
        # While those hang the others are refused: nobody waits for a place as long as for a peer.
        assert len(peer.heads) < 5


@pytest.mark.fault("A2")
def test_one_address_is_asked_by_one_request_at_a_time(clients: Callable[[str], App]) -> None:
    with server(drip_headers) as peer:
        requests = [token_request(clients(f"{peer.url}/jwks"))] * 6
        running = [threading.Thread(target=one, daemon=True) for one in requests]
        for thread in running:
            thread.start()
        for thread in running:
            thread.join(PATIENT)
        assert not any(thread.is_alive() for thread in running)
        assert len(peer.heads) == 1


@pytest.fixture
def alice(tmp_path: Path) -> Iterator[Alice]:
    """Alice in a portal with its own HTTP client, on threads, that waits half a second."""
    KEYS.save(tmp_path / "keys.json")
    service = fakes.world()
    settings: dict[str, Any] = {
        "clinic_deadline": 0.5,
        "database_url": f"sqlite:///{tmp_path}/p.db",
    }
    portal = create_portal(
        PortalSettings(secret=SECRET, key_file=tmp_path / "keys.json", **settings),  # type: ignore[arg-type]
        clock=lambda: service.now,
    )
    lead(portal.http, fakes.ISSUER, httpx.WSGITransport(service.app()))
    for clinic in service.clinics.values():
        host = clinic.base.removesuffix("/fhir")
        lead(portal.clinics.outbound.http, host, httpx.WSGITransport(clinic.app()))
    signed_in = Alice(portal.test_client(), portal, service)
    signed_in.signs_in()
    yield signed_in
    portal.engine.dispose()


def misleads(alice: Alice, peer: Server) -> None:
    """One clinic of hers is now run by `peer`."""
    clinics = alice.portal.clinics.outbound.http
    lead(clinics, "http://localhost:8405", Led(client_of("patient_portal"), peer))


@pytest.mark.fault("A3")
@each_way
def test_one_clinic_that_misbehaves_leaves_the_portal_to_everybody(
    alice: Alice, way: Callable[[Say], None]
) -> None:
    with server(way) as peer:
        misleads(alice, peer)
        tracemalloc.start()
        try:
            page = in_time(PATIENT, lambda: alice.opens("/"))
            most = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        assert page.status_code == 200 and story.HARBOR in page.text
        assert most < 60_000_000
        for path in ("/looked", "/records", "/records/kind/vitals", "/healthz"):
            assert in_time(PATIENT, lambda path=path: alice.opens(path)).status_code == 200  # type: ignore[misc]


@pytest.mark.fault("A3")
def test_a_clinic_that_hung_is_not_waited_for_by_the_next_page(alice: Alice) -> None:
    with server(drip_headers) as peer:
        misleads(alice, peer)
        in_time(PATIENT, lambda: alice.opens("/"))
        asked, began = len(peer.heads), time.monotonic()
        for _ in range(4):
            assert alice.opens("/").status_code == 200
        assert len(peer.heads) == asked
        assert time.monotonic() - began < PATIENT


@pytest.mark.fault("A3")
def test_one_person_never_takes_every_thread(alice: Alice, monkeypatch: pytest.MonkeyPatch) -> None:
    """Eight places a process: with as many pages that wait for her clinic nobody had one."""
    monkeypatch.setattr(rs_api, "RESTS_FOR", 0.0)
    cookie = alice.browser.get_cookie("heart_portal")
    assert cookie
    waits: list[float] = []

    def visit() -> None:
        browser, began = alice.portal.test_client(), time.monotonic()
        browser.set_cookie("heart_portal", cookie.value)
        assert browser.get("/").status_code == 200
        waits.append(time.monotonic() - began)

    with server(drip_headers) as peer:
        misleads(alice, peer)
        visits = [threading.Thread(target=visit, daemon=True) for _ in range(8)]
        for one in visits:
            one.start()
        for one in visits:
            one.join(PATIENT)
        assert len(waits) == 8
        assert len(peer.heads) < 5


@pytest.fixture
def clinic(tmp_path: Path, clock: Clock) -> Clinic:
    made = Clinic(clock, tmp_path, {"fetch_deadline": 0.5})
    made.share("priya", ALL_KINDS)
    return made


def hands_over(clinic: Clinic, peer: Server) -> None:
    """The first source is now run by `peer`."""
    lead(clinic.app.http, "http://localhost:8401", Led(client_of("requester_app"), peer))


def _waiting() -> list[str]:
    return [one.name for one in threading.enumerate() if one.name.startswith("record")]


@pytest.mark.fault("B16")
@each_way
def test_a_slow_source_keeps_no_thread(clinic: Clinic, way: Callable[[Say], None]) -> None:
    clinic.sign_in()
    with server(way) as peer:
        hands_over(clinic, peer)
        page = in_time(PATIENT, lambda: clinic.open_alice())
        assert page.status_code == 200 and "localhost:8401" in page.text
        until = time.monotonic() + PATIENT
        while _waiting() and time.monotonic() < until:
            time.sleep(0.05)
        assert _waiting() == []


@pytest.mark.fault("B16")
def test_a_file_of_a_slow_source_is_given_up_and_few_wait_for_it(
    clock: Clock, tmp_path: Path
) -> None:
    clinic = Clinic(clock, tmp_path, {"fetch_deadline": 1.5})
    clinic.share("priya", ALL_KINDS)
    clinic.sources[CEDAR].entries.append(("documents", DOCUMENT))
    clinic.sign_in()
    clinic.open_alice()
    link = re.search(r'href="(/chart/[^"]*/file/[^"]*/slow/0)"', _all_pages(clinic))
    assert link
    with server(drip_body) as peer:
        hands_over(clinic, peer)
        answers: list[int] = []
        address, cookies = link[1], clinic.browser.get_cookie("heart_clinic")
        assert cookies

        def click() -> None:
            browser = clinic.app.test_client()
            browser.set_cookie("heart_clinic", cookies.value)
            answers.append(browser.get(address).status_code)

        clicks = [threading.Thread(target=click, daemon=True) for _ in range(8)]
        for one in clicks:
            one.start()
        for one in clicks:
            one.join(PATIENT)
        assert answers == [503] * 8
        assert len(peer.heads) < 5


DOCUMENT = {
    "resourceType": "DocumentReference",
    "id": "slow",
    "status": "current",
    "description": "A letter",
    "content": [{"attachment": {"contentType": "text/html", "data": "PGI+"}}],
}


def _all_pages(clinic: Clinic) -> str:
    pointer = clinic.pointer()
    return clinic.get(f"/chart/{pointer}").text + clinic.get(f"/chart/{pointer}/documents").text
