"""What a clinician is told may not be complete: one word of two services, none of it from data."""

from __future__ import annotations

from typing import Any

import pytest

from heart_uma.kinds import KIND_NAMES
from heart_uma.topics import TOPICS
from tests.wire import get_rpt, whole_record
from tests.world import Owner, World

SOURCES = ("cedar", "harbor", "home")


def told(world: World, login: str, source: str) -> tuple[list[str] | None, list[str] | None, Any]:
    """What the token answer and the record's notice say: incomplete kinds, other places, notice."""
    stranger = world.stranger()
    identity = stranger.login(login, "openid profile offline_access")["id_token"]
    answer = get_rpt(stranger, world.bases[source], identity)
    assert answer.status_code == 200, answer.text
    body = answer.json()
    bundle = stranger.http.get(
        whole_record(world.bases[source], "?_count=1"),
        headers={"Authorization": f"Bearer {body['access_token']}"},
    ).json()
    notice = bundle["entry"][-1]["resource"]
    assert notice["resourceType"] == "OperationOutcome"
    said = [e["valueCode"] for e in notice.get("extension", []) if "valueCode" in e]
    return body.get("heart_uma_incomplete"), body.get("heart_uma_other_places"), said


@pytest.mark.parametrize("source", SOURCES)
def test_both_services_say_the_same_of_the_same_share(world: World, source: str) -> None:
    incomplete, other_places, notice = told(world, "bob", source)
    assert incomplete == notice == list(KIND_NAMES)
    assert other_places == []


def test_who_reads_the_neutral_line_is_told_nothing_by_either(world: World) -> None:
    assert told(world, "sam", "cedar") == (None, None, [])


def test_what_is_told_follows_the_rule_whatever_the_records_hold(world: World) -> None:
    alice = Owner(world)
    bob = alice.policies()["Dr. Bob Chen"]
    what = {
        **bob["what"],
        "everything": False,
        "kinds": ["vaccines", "medicines"],
        "topics": [topic.code for topic in TOPICS],
        "records": {"include": [], "exclude": []},
    }
    # Every topic is lifted and nothing is left out: complete, though Alice hid two records.
    alice.put({**bob, "what": what})
    for source in SOURCES:
        assert told(world, "bob", source) == ([], [], [])
    # One record of another kind by name, at one place: the other places give none of that kind.
    named = f"{world.bases['cedar']}/Condition/any"
    stored = alice.policies()["Dr. Bob Chen"]
    what = {**what, "records": {"include": [named], "exclude": []}}
    alice.put({**stored, "what": what})
    assert told(world, "bob", "cedar") == (["conditions"], ["conditions"], ["conditions"])
    assert told(world, "bob", "harbor") == ([], [], [])
