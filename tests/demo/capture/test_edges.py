"""Both edges of a call tell of the same exchange, and nobody waits for the stage."""

from __future__ import annotations

import threading
from typing import Any

import httpx
import pytest

from demo.capture import trace
from demo.capture.delivery import Delivery
from demo.capture.exchange import Body, Exchange
from demo.wire.kept import Kept
from tests.demo.capture.heard import heard_sent, heard_wsgi, redaction


def test_a_call_that_a_request_leads_to_is_in_its_trace() -> None:
    sent: list[Exchange] = []

    def application(_environ: dict[str, Any], start: Any) -> list[bytes]:
        sent.extend(
            heard_sent(lambda _: httpx.Response(200), lambda c: c.get("http://localhost:8400/a"))
        )
        start("200 OK", [])
        return [b"done"]

    given = trace.fresh()
    (received,) = heard_wsgi(
        application, lambda c: c.get("/b", headers={"traceparent": given.header})
    )
    assert (received.place, received.alone) == (given, False)
    assert (sent[0].place.trace, sent[0].alone) == (given.trace, False)
    assert sent[0].place.span != given.span
    assert trace.here() is None


def test_both_edges_are_one_exchange() -> None:
    def application(_environ: dict[str, Any], start: Any) -> list[bytes]:
        start("201 Created", [])
        return [b""]

    (sent,) = heard_sent(
        lambda _: httpx.Response(201), lambda c: c.post("http://localhost:8400/permission")
    )
    header = {"traceparent": sent.place.header}
    (received,) = heard_wsgi(application, lambda c: c.post("/permission", headers=header))
    kept = Kept(lambda port: f"at {port}")
    show = redaction().shown
    kept.add("cedar", [show(sent)], 0)
    assert [(c.sender, c.receiver, c.status) for c in kept.all()] == [("cedar", "at 8400", 201)]
    kept.add("as", [show(received)], 3)
    (crossing,) = kept.all()
    assert (crossing.sender, crossing.receiver, crossing.status) == ("cedar", "as", 201)
    assert (crossing.sent, crossing.received) != (None, None)
    assert kept.dropped == 3


def test_a_call_without_an_answer_is_told_as_one() -> None:
    def fail(_: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("nobody there")

    def call(client: httpx.Client) -> None:
        with pytest.raises(httpx.ConnectError):
            client.get("http://localhost:8400/token")

    (exchange,) = heard_sent(fail, call)
    assert (exchange.status, exchange.alone) == (0, True)
    assert redaction().shown(exchange)["answer"]["text"] is None


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/ui/static/ui.css", "/fhir/ui/x"])
def test_what_says_nothing_about_sharing_is_not_heard(path: str) -> None:
    def application(_environ: dict[str, Any], start: Any) -> list[bytes]:
        start("200 OK", [])
        return [b""]

    assert heard_wsgi(application, lambda c: c.get(path)) == []


def test_the_ring_forgets_the_oldest_and_says_so() -> None:
    kept = Kept(lambda _: "as", room=2)
    for _ in range(3):
        (one,) = heard_sent(lambda _: httpx.Response(200), lambda c: c.get("http://localhost:1/"))
        kept.add("cedar", [redaction().shown(one)], 0)
    assert ([c.number for c in kept.all()], kept.forgotten) == ([2, 3], 1)


def _exchange() -> Exchange:
    return Exchange("sent", trace.fresh(), True, "GET", "http://x/", [], Body(), 1, 2, 200, [])


def test_what_finds_no_room_is_dropped_and_counted() -> None:
    parcels: list[dict[str, Any]] = []
    asked, taken = threading.Event(), threading.Event()

    def send(parcel: dict[str, Any]) -> None:
        parcels.append(parcel)
        asked.set()
        taken.wait(10)

    delivery = Delivery("as", redaction(), send, room=2)
    delivery.keep(_exchange())
    assert asked.wait(10)
    for _ in range(5):
        delivery.keep(_exchange())  # the sender is stuck: two wait, three are lost
    taken.set()
    delivery.deliver_once(_exchange())
    told = sum(parcel["dropped"] for parcel in parcels)
    assert told == 3


def test_a_stage_that_is_not_there_costs_messages_and_nothing_else(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("demo.capture.delivery.GATHER", 0.0)
    parcels: list[dict[str, Any]] = []
    there = False

    def send(parcel: dict[str, Any]) -> None:
        if not there:
            raise httpx.ConnectError("nobody there")
        parcels.append(parcel)

    delivery = Delivery("as", redaction(), send)
    delivery.deliver_once(_exchange())
    there = True
    delivery.deliver_once(_exchange())
    assert [(parcel["dropped"], len(parcel["messages"])) for parcel in parcels] == [(1, 1)]
