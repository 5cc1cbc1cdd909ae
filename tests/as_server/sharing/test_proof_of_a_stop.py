"""`pending` means that somebody waits: not for a server that holds nothing, nor for ever."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from as_server.context import work
from as_server.sharing import events
from tests.as_server.uma import RS1, RS2, Uma, pid


@pytest.fixture
def silent(uma: Uma) -> Uma:
    """Alice shares from two places, and the second does not answer."""
    uma.register()
    uma.register(rs="rs2")
    for name in ("a", "b", "c"):
        uma.policy(name)

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.port == 8405:
            raise httpx.ConnectError("no route", request=request)
        return httpx.Response(202)

    uma.app.deliveries.http = httpx.Client(transport=httpx.MockTransport(answer))
    return uma


def effect(answer: Any) -> tuple[str, dict[str, str]]:
    found = answer.json["effect"]
    return found["status"], {s["base"]: s["status"] for s in found["resource_servers"]}


def stop(uma: Uma, name: str) -> tuple[str, dict[str, str]]:
    return effect(uma.owner_call("DELETE", f"/policy/{pid(name)}"))


def unlink(uma: Uma) -> tuple[str, dict[str, str]]:
    record = f"{RS2}/r/{'alice':_<22}"
    return effect(uma.owner_call("DELETE", f"/policy/records?record={record}"))


def waits(uma: Uma) -> list[str]:
    with uma.app.test_request_context(method="POST"):
        return [row.client_id for row in events.outbox.untold(work().db)]


@pytest.mark.fault("A11")
def test_a_server_that_was_unlinked_is_no_part_of_a_later_stop(silent: Uma) -> None:
    assert unlink(silent) == ("pending", {RS1: "effective", RS2: "pending"})
    for name in ("a", "b"):
        assert stop(silent, name) == ("effective", {RS1: "effective"})
    # Asking again how far a stop has come changes nothing, and waits for nobody else.
    assert stop(silent, "a") == ("effective", {RS1: "effective"})


@pytest.mark.fault("A11")
def test_a_server_that_is_dead_is_waited_for_until_nothing_it_kept_is_good(silent: Uma) -> None:
    both = {RS1: "effective", RS2: "pending"}
    assert stop(silent, "a") == ("pending", both)
    silent.clock.advance(seconds=silent.app.settings.rpt_lifetime - 1)
    assert stop(silent, "a") == ("pending", both)
    silent.clock.advance(seconds=1)
    assert stop(silent, "a") == ("effective", both | {RS2: "effective"})
    # A later stop is a stop of its own.
    assert stop(silent, "b") == ("pending", both)


@pytest.mark.fault("A11")
@pytest.mark.parametrize("how", ["unlinked", "dead"])
def test_nothing_waits_for_ever(silent: Uma, how: str) -> None:
    if how == "unlinked":
        unlink(silent)
    else:
        stop(silent, "a")
    assert waits(silent) == ["rs2"]
    silent.clock.advance(seconds=silent.app.settings.rpt_lifetime)
    with silent.app.test_request_context(method="POST"):
        silent.app.announcements.retry_due()
    assert waits(silent) == []
    # And what comes after is told again.
    silent.pats.clear()
    silent.register(rs="rs2", fhir_type="Goal")
    stop(silent, "c")
    assert waits(silent) == ["rs2"]
