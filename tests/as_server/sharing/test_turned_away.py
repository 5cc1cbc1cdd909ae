"""What the owner is told of keys that she took back, and of links that were tried."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.as_server.uma import Uma


@pytest.fixture
def condition(uma: Uma) -> tuple[str, str]:
    return uma.register(), "Condition"


def told(uma: Uma, owner: str = "alice") -> list[dict[str, Any]]:
    entries = uma.owner_call("GET", "/activity", owner=owner).json["entries"]
    return [entry for entry in entries if entry["event"] == "turned_away"]


def test_a_key_shown_after_the_stop_is_told_once_a_minute(uma: Uma, condition) -> None:
    version = uma.policy().json["policy"]["version"]
    token = uma.rpt(condition)["access_token"]
    assert uma.introspect(token)["active"]
    assert told(uma) == []
    uma.policy(state="paused", version=version)
    for _ in range(3):
        assert uma.introspect(token) == {"active": False}
    assert [(e["who"]["name"], e["rs"], e["client"]) for e in told(uma)] == [
        ("Dr. Bob Chen", "Name of rs1", "Name of c1")
    ]
    uma.clock.advance(seconds=61)
    uma.introspect(token)
    assert len(told(uma)) == 2


def test_a_key_that_ran_out_or_is_anothers_is_not_told(uma: Uma, condition) -> None:
    uma.policy()
    token = uma.rpt(condition)["access_token"]
    assert uma.introspect(token, rs="rs2") == {"active": False}
    assert uma.introspect(token, owner="dora") == {"active": False}
    uma.clock.advance(seconds=301)
    assert uma.introspect(token) == {"active": False}
    assert uma.introspect("garbage") == {"active": False}
    assert told(uma) == []
    assert told(uma, "dora") == []


def test_a_link_that_was_tried_opens_once_the_owner_shares(uma: Uma, condition) -> None:
    """Nobody asked, so a part is enough, and no request is left to be answered."""
    other = uma.register("AllergyIntolerance"), "AllergyIntolerance"
    uma.policy("ask", who={"anyone": True}, ask_me=True)
    tried = uma.trade(uma.ask(condition, other))
    assert tried.json["error"] == "request_submitted"
    uma.policy("some", what={"kinds": ["conditions"]})
    uma.clock.now += timedelta(seconds=5)
    assert uma.trade(tried.json["ticket"]).status_code == 200
    assert uma.owner_call("GET", "/requests?state=waiting").json["requests"] == []


def test_a_request_goes_on_waiting_for_its_answer(uma: Uma, condition) -> None:
    other = uma.register("AllergyIntolerance"), "AllergyIntolerance"
    uma.policy("ask", who={"anyone": True}, ask_me=True)
    asked = uma.trade(uma.ask(condition, other), ask_id="q1")
    uma.policy("some", what={"kinds": ["conditions"]})
    again = uma.trade(asked.json["ticket"])
    assert again.json["error"] == "request_submitted"
    assert len(uma.owner_call("GET", "/requests?state=waiting").json["requests"]) == 1
