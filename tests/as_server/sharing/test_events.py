"""RFC 8417, RFC 8935: resource servers hear of a narrower rule at once, or later, or it says so."""

import json
import threading
import time

import httpx
import pytest

from as_server.context import work
from as_server.models import outbox
from as_server.models.client import Client
from as_server.sharing import retries, security_event
from heart_ground.orm import writing
from tests.as_server.uma import ISSUER, RS1, RS2, Uma, pid


def stop(uma: Uma, name: str = "a"):
    return uma.owner_call("DELETE", f"/policy/{pid(name)}").json["effect"]


@pytest.fixture
def shared(uma: Uma) -> Uma:
    uma.register()
    uma.register(rs="rs2")
    uma.policy()
    assert uma.servers.events == []
    return uma


def test_every_rs_of_the_owner_gets_its_own_event(shared: Uma) -> None:
    shared.register(owner="dora")
    effect = stop(shared)
    assert effect["status"] == "effective"
    assert [s["status"] for s in effect["resource_servers"]] == ["effective", "effective"]
    sent = {str(request.url): request for request in shared.servers.events}
    assert set(sent) == {"http://localhost:8401/events", "http://localhost:8405/events"}
    subjects = set()
    for request in sent.values():
        assert request.headers["Content-Type"] == "application/secevent+jwt"
        base = RS1 if request.url.port == 8401 else RS2
        claims = shared.app.keys.verify(
            "set", request.content.decode(), issuer=ISSUER, audience=base, now=shared.clock()
        )
        assert claims["aud"] == [base]
        assert claims["sub_id"]["format"] == "iss_sub"
        subjects.add(claims["sub_id"]["sub"])
        (event,) = claims["events"].items()
        assert event[0].startswith("https://schemas.openid.net/secevent/caep/event-type/")
        assert event[1]["claims"] == {"heart_uma_epoch": 1}
        # A number and nothing else: not who, not what.
        assert set(claims) == {"iss", "aud", "iat", "jti", "sub_id", "events"}
    assert len(subjects) == 2
    assert shared.key["alice"] not in json.dumps(list(subjects))


def test_the_change_is_on_disk_before_anybody_hears(shared: Uma) -> None:
    seen = []

    def server(request: httpx.Request) -> httpx.Response:
        with writing(shared.app.engine) as db:
            from as_server.models.policy import Policy

            row = db.get(Policy, (shared.key["alice"], pid("a")))
            assert row is not None
            seen.append(row.state)
        return httpx.Response(202)

    shared.app.deliveries.http = httpx.Client(transport=httpx.MockTransport(server))
    stop(shared)
    assert seen == ["ended", "ended"]


@pytest.mark.parametrize("status", [200, 400, 500])
def test_anything_but_202_is_pending_and_tried_again(shared: Uma, status: int) -> None:
    shared.servers.status = status
    assert stop(shared)["status"] == "pending"
    shared.servers.status = 202
    shared.servers.events.clear()
    with shared.app.test_request_context(method="POST"):
        shared.app.announcements.retry_due()
        assert shared.servers.events == []  # not yet due
    shared.clock.advance(seconds=2)
    with shared.app.test_request_context(method="POST"):
        shared.app.announcements.retry_due()
        assert len(shared.servers.events) == 2
        shared.app.announcements.retry_due()
        assert len(shared.servers.events) == 2
        assert not outbox.untold(work().db)


def test_the_wait_doubles_and_is_bounded(shared: Uma) -> None:
    # As long as a token of the time before may be good.
    longer = shared.app.settings.model_copy(update={"rpt_lifetime": 86_400})
    shared.app.announcements.settings = longer
    shared.servers.fails = True
    stop(shared)
    waits = []
    for _ in range(12):
        with shared.app.test_request_context(method="POST"):
            row = outbox.untold(work().db)[0]
            waits.append(row.next_attempt_at - shared.now)
        shared.clock.advance(seconds=waits[-1])
        with shared.app.test_request_context(method="POST"):
            shared.app.announcements.retry_due()
    assert waits[:4] == [2, 4, 8, 16]
    assert waits[-1] == 300


def test_a_dead_rs_holds_up_neither_the_others_nor_the_owner(shared: Uma) -> None:
    release = threading.Event()

    def server(request: httpx.Request) -> httpx.Response:
        if request.url.port == 8405:
            release.wait(20)
        return httpx.Response(202)

    shared.app.deliveries.http = httpx.Client(transport=httpx.MockTransport(server))
    begin = time.monotonic()
    effect = stop(shared)
    took = time.monotonic() - begin
    release.set()
    assert took < 5
    assert effect["status"] == "pending"
    states = {s["base"]: s["status"] for s in effect["resource_servers"]}
    assert states == {RS1: "effective", RS2: "pending"}


def test_only_the_latest_epoch_is_told(shared: Uma) -> None:
    shared.policy("b", what={"kinds": ["allergies"]})
    shared.servers.fails = True
    stop(shared, "a")
    stop(shared, "b")
    shared.servers.fails = False
    shared.clock.advance(seconds=10)
    with shared.app.test_request_context(method="POST"):
        shared.app.announcements.retry_due()
    assert len(shared.servers.events) == 2
    claims = shared.app.keys.verify(
        "set",
        shared.servers.events[0].content.decode(),
        issuer=ISSUER,
        audience=None,
        now=shared.clock(),
    )
    assert next(iter(claims["events"].values()))["claims"] == {"heart_uma_epoch": 2}


@pytest.mark.parametrize(
    ("base", "address", "issuer", "expected"),
    [
        ("https://rs.example/fhir", "https://rs.example/events", "https://as.example", True),
        ("http://localhost:8401/fhir", "http://localhost:8401/events", ISSUER, True),
        ("http://localhost:8401/fhir", "http://localhost:8401/events", "https://as.example", False),
        ("https://localhost/fhir", "https://localhost/events", "https://as.example", False),
        ("https://rs.example/fhir", "http://rs.example/events", "https://as.example", False),
        ("http://rs.example/fhir", "http://rs.example/events", "https://as.example", False),
        ("https://rs.example/fhir", "https://evil.example/events", "https://as.example", False),
        ("https://rs.example/fhir", "https://rs.example:8443/events", "https://as.example", False),
        ("https://rs.example/fhir", "https://x@rs.example/events", "https://as.example", False),
        ("https://rs.example/fhir", "https://169.254.169.254/", "https://as.example", False),
        ("https://[rs/fhir", "https://[rs/events", "https://as.example", False),
        ("https://rs.example/fhir", None, "https://as.example", False),
        ("https://rs.example/fhir", ["https://rs.example/e"], "https://as.example", False),
    ],
)
def test_events_go_only_where_they_may(base, address, issuer, expected) -> None:
    declared = {"base": base, "events_endpoint": address}
    server = Client(
        client_id="x",
        name="x",
        auth_method="private_key_jwt",
        registration=json.dumps({"heart_uma_resource_server": declared}),
        created_at=0,
    )
    assert (security_event.address_of(server, issuer) is not None) is expected
    server.disabled = True
    assert security_event.address_of(server, issuer) is None


def test_an_rs_without_an_address_does_not_wait_for_ever(shared: Uma) -> None:
    with writing(shared.app.engine) as db:
        server = db.get(Client, "rs2")
        assert server is not None
        server.registration = server.registration.replace("/events", "0/events")
    effect = stop(shared)
    assert {s["base"]: s["status"] for s in effect["resource_servers"]} == {
        RS1: "effective",
        RS2: "pending",
    }
    with shared.app.test_request_context(method="POST"):
        assert not outbox.untold(work().db)


def test_a_worker_that_starts_tells_what_an_earlier_one_left(shared: Uma, monkeypatch) -> None:
    monkeypatch.setattr(retries, "RETRY_EVERY", 0.05)
    shared.servers.fails = True
    stop(shared)
    shared.servers.fails = False
    shared.clock.advance(seconds=5)
    deadline = time.monotonic() + 10
    while len(shared.servers.events) < 2 and time.monotonic() < deadline:
        time.sleep(0.02)
    assert len(shared.servers.events) >= 2
