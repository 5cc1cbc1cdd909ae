"""P5: refused tries are in the list with time and person; the picture follows the choices."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.patient_portal.conftest import Alice
from tests.patient_portal.fakes import NOW

BOB = {"key": "bob", "name": "Dr. Bob Chen", "role": "Family doctor"}


def event(name: str, minutes: int = 0, **more: Any) -> dict[str, Any]:
    at = (NOW - timedelta(minutes=minutes)).isoformat()
    return {"event": name, "at": at, "who": BOB, "rs": "Cedar", "client": "Clinic app", **more}


@pytest.mark.fault("C13")
def test_refused_tries_are_listed_with_time_and_person(alice: Alice) -> None:
    alice.service.happened = [event("turned_away"), event("tried", 90), event("denied", 200)]
    html = alice.opens("/looked?outcome=denied").text
    assert "3 looks" in html
    for words in (
        "Dr. Bob Chen tried while nothing was shared. Turned away.",
        "Dr. Bob Chen tried to open your records, without giving a reason. Turned away.",
        "Tried to open your records and saw nothing.",
        "25 November 2025, 10:00 UTC",
    ):
        assert words in html
    assert "Turned away: how often in the last 8 weeks, as you narrowed the list." in html
    assert "<dt>Dr. Bob Chen</dt><dd>3</dd>" in html
    assert "No one has looked yet" not in html
    file = alice.browser.get("/looked/list.csv?outcome=denied").text
    assert file.count("Turned away") == 3


@pytest.mark.fault("C13")
def test_after_a_stop_it_says_so(alice: Alice) -> None:
    share = next(p for p in alice.service.policies.values() if p["label"]["name"] == BOB["name"])
    before = event("turned_away", 1)
    share.update(state="ended", updated=NOW.isoformat())
    alice.service.happened = [event("turned_away"), before]
    html = alice.opens("/looked").text
    assert "Dr. Bob Chen tried after you stopped. Turned away." in html
    assert "Dr. Bob Chen tried while nothing was shared. Turned away." in html


@pytest.mark.fault("C13")
def test_what_she_did_names_with_whom(alice: Alice) -> None:
    share = next(p for p in alice.service.policies.values() if p["label"]["name"] == BOB["name"])
    alice.service.happened = [
        event("stopped", who=None, policy=share["id"]),
        event("shared", 5, who=None, policy=share["id"]),
        event("shared", 6, who=None, policy="unknown"),
        event("linked", 9, who=None),
    ]
    html = alice.opens("/looked").text
    for words in (
        "You stopped sharing with Dr. Bob Chen",
        "You started sharing with Dr. Bob Chen",
        "You started sharing with someone",
        "Cedar was linked",
    ):
        assert words in html
