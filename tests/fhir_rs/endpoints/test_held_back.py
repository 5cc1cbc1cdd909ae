"""What a told reader learns of what is held back: the shape of the share, nothing of the data."""

from __future__ import annotations

from typing import Any

import pytest

from fhir_rs.enforcement.resource_types import RESOURCE_TYPES
from heart_uma.kinds import DIRECTORY_TYPES, KIND_NAMES, kinds_of_type
from heart_uma.topics import label_scopes
from tests.fhir_rs.endpoints.conftest import Record, ids
from tests.fhir_rs.protected import RECORD
from tests.fhir_rs.store import ALICE, condition, everything, labelled, put

EVERY_LABEL = label_scopes()
NEUTRAL = "Patients can hold records back. Do not assume that a list is complete."


def notice(record: Record, path: str, token: str) -> dict[str, Any]:
    answer = record.get(path, token)
    assert answer.status_code == 200, answer.get_data(as_text=True)
    last: dict[str, Any] = answer.get_json()["entry"][-1]["resource"]
    assert last["resourceType"] == "OperationOutcome"
    return last


def kinds(record: Record, path: str, token: str) -> list[str]:
    told = notice(record, path, token)
    named = [e["valueCode"] for e in told.get("extension", []) if e["url"].endswith("kind")]
    words = ", ".join(KIND_NAMES[kind] for kind in named)
    expected = f"What the patient shares of these kinds may not be all of it: {words}."
    assert told["issue"][0]["details"]["text"] == (expected if named else NEUTRAL)
    return named


def one_of_each_type() -> list[dict[str, Any]]:
    """A record of every type there is, of a private topic that the reader was not given."""
    return [
        labelled({"resourceType": type_, "id": "held", "subject": ALICE}, "GDIS")
        for type_ in sorted(RESOURCE_TYPES)
    ]


@pytest.mark.fault("B26")
@pytest.mark.attack("FH-34")
def test_no_type_tells_a_told_reader_whether_it_holds_something(record: Record) -> None:
    assert len(RESOURCE_TYPES) > 120
    token = record.fake.rpt(everything(record.fake, "conf/N"))
    paths = [
        path
        for type_ in sorted(RESOURCE_TYPES)
        for path in (f"/{type_}", f"/{type_}?_count=0", f"/Patient/$everything?_type={type_}")
    ]
    paths += [f"/Patient/$everything?kind={kind}" for kind in KIND_NAMES]
    before = {path: record.get(path, token) for path in paths}
    put(record.site.app.engine, RECORD, one_of_each_type())
    told = 0
    for path, answer in before.items():
        after = record.get(path, token)
        assert (after.status_code, after.data) == (answer.status_code, answer.data), path
        told += "incomplete-kind" in answer.text
    assert told > len(RESOURCE_TYPES)


@pytest.mark.fault("B26")
def test_the_notice_is_of_every_kind_the_type_can_hold(record: Record) -> None:
    token = record.fake.rpt(everything(record.fake, "conf/N"))
    for type_ in sorted(RESOURCE_TYPES - DIRECTORY_TYPES):
        expected = sorted(kinds_of_type(type_))
        for path in (f"/{type_}", f"/Patient/$everything?_type={type_}"):
            assert sorted(kinds(record, path, token)) == expected, path
    assert kinds(record, "/Practitioner", token) == []
    assert kinds(record, "/Patient/$everything", token) == list(KIND_NAMES)


@pytest.mark.parametrize(
    ("labels", "limits", "expected"),
    [
        (EVERY_LABEL, {}, []),
        (EVERY_LABEL, {"also": ["Condition/c2"]}, []),
        ([s for s in EVERY_LABEL if s != "sens/VIO"], {}, ["conditions"]),
        ([s for s in EVERY_LABEL if s != "conf/V"], {}, ["conditions"]),
        (EVERY_LABEL, {"only": ["Condition/c1"]}, ["conditions"]),
        (EVERY_LABEL, {"except": ["Condition/nowhere"]}, ["conditions"]),
        (EVERY_LABEL, {"since": "2000-01-01"}, ["conditions"]),
        (EVERY_LABEL, {"until": "2100-01-01"}, ["conditions"]),
    ],
)  # fmt: skip
def test_whatever_a_permission_leaves_out_is_told_and_nothing_else(
    record: Record, labels: list[str], limits: dict[str, Any], expected: list[str]
) -> None:
    token = record.fake.rpt(everything(record.fake, *labels, **limits))
    assert kinds(record, "/Condition", token) == expected
    # Of the kind, not of the type: it is the same for family history.
    assert kinds(record, "/FamilyMemberHistory", token) == expected


@pytest.mark.parametrize("type_", ["Condition", "FamilyMemberHistory"])
def test_a_limit_on_one_type_is_told_of_the_whole_kind(record: Record, type_: str) -> None:
    permissions = everything(record.fake, *EVERY_LABEL)
    one = record.fake.permission("FamilyMemberHistory", "conditions", *EVERY_LABEL)
    for permission in permissions:
        if permission["resource_id"] == one["resource_id"]:
            permission["heart_uma_limits"] = {"except": ["FamilyMemberHistory/x"]}
    assert kinds(record, f"/{type_}", record.fake.rpt(permissions)) == ["conditions"]
    assert kinds(record, "/Immunization", record.fake.rpt(permissions)) == []


def test_a_key_for_one_type_tells_the_same_of_its_kind_as_one_for_the_next(record: Record) -> None:
    # Else the owner's limit on one of them would show by which key is whole.
    for type_ in ("Condition", "FamilyMemberHistory"):
        token = record.rpt(type_, "conditions", *EVERY_LABEL)
        assert kinds(record, f"/{type_}", token) == ["conditions"]
    token = record.rpt("Immunization", "vaccines", *EVERY_LABEL)
    assert kinds(record, "/Immunization", token) == []


def test_a_kind_is_in_part_when_its_type_can_hold_one_that_is_not_given(record: Record) -> None:
    all_but_vitals = [
        permission
        for permission in everything(record.fake, *EVERY_LABEL)
        if record.fake.resources[permission["resource_id"]]["heart_uma_kind"] != "vitals"
    ]
    token = record.fake.rpt(all_but_vitals)
    assert kinds(record, "/Observation", token) == ["results"]
    assert kinds(record, "/Patient/$everything", token) == ["results"]


def test_permissions_are_alternatives(record: Record) -> None:
    whole = everything(record.fake, *EVERY_LABEL)
    part = everything(record.fake, "conf/N", since="2020-01-01")
    assert kinds(record, "/Condition", record.fake.rpt([*part, *whole])) == []
    # Two halves are no whole: masks of alternatives are never merged.
    half = len(EVERY_LABEL) // 2
    halves = [
        *everything(record.fake, *EVERY_LABEL[:half]),
        *everything(record.fake, *EVERY_LABEL[half:]),
    ]
    assert kinds(record, "/Condition", record.fake.rpt(halves)) == ["conditions"]


@pytest.mark.spec("HFU-22")
def test_the_notice_names_kinds_to_those_who_may_know_and_never_counts(record: Record) -> None:
    put(record.site.app.engine, RECORD, [condition("c3", "Alcoholism", "7200002")])
    permissions = everything(record.fake, "conf/N")
    told = notice(record, "/Condition", record.fake.rpt(permissions))
    assert told["issue"][0]["code"] == "suppressed"
    assert "Conditions" in told["issue"][0]["details"]["text"]
    assert "2" not in str(told["issue"]) and "lcohol" not in str(told)
    neutral = record.fake.rpt(permissions, heart_uma_tell={"level": "neutral", "note": "Ask me."})
    bodies = [notice(record, path, neutral) for path in ("/Condition", "/Immunization")]
    assert bodies[0] == bodies[1]
    assert "Ask me." in str(bodies[0])
    owner = record.get("/Immunization", record.fake.owner_token())
    assert ids(owner) == [] and "entry" not in owner.get_json()
