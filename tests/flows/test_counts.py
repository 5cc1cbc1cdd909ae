"""The main job, counted on the wire: each person sees exactly what Alice's rules say."""

from __future__ import annotations

import pytest

from demo.cast import BY_LOGIN
from tests.world import Owner, World, shown_ids

COUNTS = {"bob": 159, "dana": 32, "sam": 23, "ines": 0, "priya": 0, "vic": 0}


def test_each_person_sees_exactly_what_the_preview_says(world: World) -> None:
    alice = Owner(world)
    for login, count in COUNTS.items():
        seen = world.seen_by(login)
        assert len(seen) == count, login
        previewed = alice.preview(party={"person": alice.key_of(login)})
        assert shown_ids(world, previewed) == seen, login


def test_nothing_is_lost_between_shown_and_held(world: World) -> None:
    alice = Owner(world)
    for login in COUNTS:
        previews = alice.preview(party={"person": alice.key_of(login)})
        assert sum(len(p["shown"]) + len(p["held"]) for p in previews.values()) == 169, login


def test_the_study_sees_120_when_it_is_turned_on(world: World) -> None:
    alice = Owner(world)
    study = alice.policies()["River State Diabetes Study"]
    alice.put({**study, "state": "on"})
    seen = world.seen_by("ines")
    assert len(seen) == 120
    assert shown_ids(world, alice.preview(party={"person": alice.key_of("ines")})) == seen


def test_a_draft_is_previewed_as_it_will_be_enforced(world: World) -> None:
    alice = Owner(world)
    person = BY_LOGIN["priya"]
    draft = {
        **alice.policies()["Sam Carter"],
        "id": "draft-for-priya-0123456789",
        "version": 0,
        "state": "draft",
        "who": {"person": alice.key_of("priya")},
        "why": ["TREAT"],
        "label": {"name": person.name, "detail": person.role},
    }
    draft["what"] = {
        **draft["what"],
        "kinds": ["conditions", "medicines", "results", "vitals", "visits"],
    }
    alice.put(draft)
    assert world.seen_by("priya") == set(), "a draft grants nothing"
    previews = alice.preview(policy=draft)
    assert len(shown_ids(world, previews)) == 140
    hints = [hint for preview in previews.values() for hint in preview["hints"]]
    assert [hint["topic"] for hint in hints] == ["ETH"]
    stored = alice.policies()[person.name]
    alice.put({**stored, "state": "on"})
    assert world.seen_by("priya") == shown_ids(world, previews)
    # Alice holds the hint back as well: one record less.
    source = next(s for s, p in previews.items() if p["hints"])
    named = f"{world.bases[source]}/{hints[0]['id']}"
    stored = alice.policies()[person.name]
    records = {"include": [], "exclude": [named]}
    alice.put({**stored, "what": {**stored["what"], "records": records}})
    assert len(world.seen_by("priya")) == 139


@pytest.mark.spec("HF-25")
def test_a_private_topic_alone_opens_nothing(world: World) -> None:
    alice = Owner(world)
    sam = alice.policies()["Sam Carter"]
    what = {**sam["what"], "kinds": [], "topics": ["PSY", "ETH", "GDIS"]}
    answer = alice.call("PUT", f"/{sam['id']}", json={**sam, "what": what})
    if answer.status_code < 300:
        assert world.seen_by("sam") == set()
    else:
        assert answer.status_code == 400
