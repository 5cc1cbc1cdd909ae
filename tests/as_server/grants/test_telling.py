"""What a success answer says of what is not given (extension of Grant 3.3.5)."""

import json
from typing import Any

import pytest
from sqlalchemy import update

from as_server.models.client import Client
from heart_ground.orm import writing
from heart_uma.topics import TOPICS
from tests.as_server.uma import RS1, RS2, Uma, pid

EVERY_TOPIC = [topic.code for topic in TOPICS]
MEMBERS = ("heart_uma_incomplete", "heart_uma_other_places")


def told(body: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(body.get(member) for member in MEMBERS)


@pytest.fixture
def here(uma: Uma) -> list[tuple[str, str]]:
    """Alice's record at the first server, as two kinds of one type each."""
    return [(uma.register(type_), type_) for type_ in ("AllergyIntolerance", "Immunization")]


def test_a_share_of_all_there_is_leaves_nothing_out(uma: Uma, here) -> None:
    uma.policy(what={"everything": True, "topics": EVERY_TOPIC})
    assert told(uma.rpt(*here)) == ([], [])


@pytest.mark.parametrize(
    ("what", "incomplete"),
    [
        ({"everything": True, "topics": EVERY_TOPIC[:-1]}, ["allergies", "vaccines"]),
        ({"everything": True}, ["allergies", "vaccines"]),
        ({"kinds": ["vaccines"], "topics": EVERY_TOPIC}, []),
        ({"everything": True, "topics": EVERY_TOPIC, "since": "2020-01-01"},
         ["allergies", "vaccines"]),
        ({"everything": True, "topics": EVERY_TOPIC, "records": {
            "include": [], "exclude": [f"{RS1}/r/{'alice':_<22}/Immunization/x"]}}, ["vaccines"]),
        ({"records": {"include": [f"{RS1}/r/{'alice':_<22}/Immunization/x"], "exclude": []}},
         ["vaccines"]),
    ],
)  # fmt: skip
def test_what_the_share_leaves_out_is_told(uma: Uma, here, what: Any, incomplete: Any) -> None:
    uma.policy(what=what)
    assert told(uma.rpt(*here)) == (incomplete, [])


def test_it_is_told_of_the_kind_whatever_the_ticket_asks(uma: Uma) -> None:
    # Else the owner's limit on family history would show by which ticket is answered whole.
    slots = [(uma.register(type_), type_) for type_ in ("Condition", "FamilyMemberHistory")]
    base = f"{RS1}/r/{'alice':_<22}"
    for type_ in ("Condition", "FamilyMemberHistory"):
        records = {"include": [], "exclude": [f"{base}/{type_}/x"]}
        what = {"everything": True, "topics": EVERY_TOPIC, "records": records}
        uma.policy(type_[0], what=what)
        for asked in (slots[:1], slots[1:], slots):
            assert told(uma.rpt(*asked)) == (["conditions"], [])
        uma.owner_call("DELETE", f"/policy/{pid(type_[0])}")


def test_a_party_that_reads_the_neutral_line_is_told_nothing(uma: Uma, here) -> None:
    uma.register(rs="rs2")
    uma.policy(tell={"level": "neutral"})
    assert told(uma.rpt(*here)) == (None, None)
    # The least that a rule which grants here and names her as closely says, counts.
    uma.policy("b", tell={"level": "kinds"})
    assert told(uma.rpt(*here)) == (None, None)
    uma.owner_call("DELETE", f"/policy/{pid('a')}")
    assert told(uma.rpt(*here)) == (["allergies", "vaccines"], ["allergies", "vaccines"])


def test_another_record_that_gives_nothing_of_a_kind_is_told_without_its_name(
    uma: Uma, here
) -> None:
    base = f"{RS1}/r/{'alice':_<22}"
    uma.policy(what={"everything": True, "topics": EVERY_TOPIC})
    # Nothing of Dora's counts, and a second record of Alice that gives the same is no gap.
    uma.register("Observation", owner="dora", rs="rs2")
    for _, type_ in here:
        uma.register(type_, rs="rs2")
    assert told(uma.rpt(*here)) == ([], [])
    # Only what is named here: the other record then gives none of it.
    named = {"include": [f"{base}/{type_}/x" for _, type_ in here], "exclude": []}
    uma.policy(version=1, what={"records": named})
    answer = uma.rpt(*here)
    assert told(answer) == (["allergies", "vaccines"], ["allergies", "vaccines"])
    assert RS2 not in json.dumps(answer) and "rs2" not in json.dumps(answer)
    # A kind that she does not get here either is not spoken of.
    uma.policy(version=2, what={"records": {**named, "include": named["include"][:1]}})
    assert told(uma.rpt(*here)) == (["allergies"], ["allergies"])


def test_a_second_record_of_the_same_server_is_another_place(uma: Uma, here) -> None:
    uma.register("AllergyIntolerance", record=f"{RS1}/r/{'second':_<22}")
    uma.policy(what={"everything": True, "topics": EVERY_TOPIC})
    assert told(uma.rpt(*here)) == ([], ["vaccines"])


def test_a_server_that_does_not_count_gives_nothing(uma: Uma, here) -> None:
    for _, type_ in here:
        uma.register(type_, rs="rs2")
    uma.policy(what={"everything": True, "topics": EVERY_TOPIC})
    with writing(uma.app.engine) as db:
        table = Client.__table__  # type: ignore[attr-defined]
        db.execute(update(table).where(table.c.client_id == "rs2").values(disabled=True))
    assert told(uma.rpt(*here)) == ([], ["allergies", "vaccines"])


def test_the_purpose_counts_in_other_places_as_here(uma: Uma, here) -> None:
    for _, type_ in here:
        uma.register(type_, rs="rs2")
    uma.policy(what={"everything": True, "topics": EVERY_TOPIC}, why=["TREAT"])
    assert told(uma.rpt(*here, purpose_of_use="TREAT")) == ([], [])


def test_an_upgrade_counts_all_that_the_new_rpt_permits(uma: Uma) -> None:
    condition, family = ((uma.register(t), t) for t in ("Condition", "FamilyMemberHistory"))
    uma.policy(what={"everything": True, "topics": EVERY_TOPIC})
    first = uma.rpt(condition)
    assert told(first) == (["conditions"], [])
    both = uma.rpt(family, rpt=first["access_token"])
    assert both["upgraded"] is True
    assert told(both) == ([], [])


def test_a_refresh_assesses_nothing_and_tells_nothing(uma: Uma, here) -> None:
    uma.policy()
    refreshed = uma.refresh(uma.rpt(*here)["refresh_token"])
    assert refreshed.status_code == 200
    assert told(refreshed.json) == (None, None)
