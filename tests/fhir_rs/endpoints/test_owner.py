"""$preview, $level and $records: the owner's own operations."""

from __future__ import annotations

import base64
from collections import Counter
from typing import Any

import pytest

from heart_uma.topics import label_scopes
from tests.fhir_rs.endpoints.conftest import Record, ids
from tests.fhir_rs.protected import RECORD
from tests.fhir_rs.store import ALICE, coded, everything, put

PATHS = [
    ("GET", "/$records"),
    ("POST", "/$preview"),
    ("POST", "/$previews"),
    ("POST", "/$level"),
    ("POST", "/$shown-to"),
]


@pytest.mark.parametrize(("method", "path"), PATHS)
def test_nobody_else_runs_them(record: Record, method: str, path: str) -> None:
    rpt = record.fake.rpt(everything(record.fake, "conf/N", "conf/V"))
    other = record.fake.owner_token(sub="somebody-else")
    for token in (None, rpt, other):
        answer = record.call(method, path, token, json={})
        assert answer.status_code == 401
        assert "UMA" not in answer.headers["WWW-Authenticate"]


def preview(record: Record, permissions: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    answer = record.call(
        "POST", "/$preview", record.fake.owner_token(), json={"permissions": permissions, **more}
    )
    assert answer.status_code == 200, answer.get_data(as_text=True)
    found: dict[str, Any] = answer.get_json()
    in_numbers(record, permissions, found)
    return found


def in_numbers(record: Record, permissions: list[dict[str, Any]], found: dict[str, Any]) -> None:
    """Asked with others and in numbers only, it is the same answer."""
    sets = [{"permissions": []}, {"permissions": permissions}, {"permissions": permissions}]
    token = record.fake.owner_token()
    answer = record.call("POST", "/$previews", token, json={"previews": sets})
    assert answer.status_code == 200, answer.get_data(as_text=True)
    nothing, *alike = answer.get_json()["previews"]
    assert all(count["shown"] == 0 for count in nothing["counts"].values())
    told = {
        "counts": found["counts"],
        "hints": found["hints"],
        "hidden": sum(row["why"] == "hidden" for row in found["held"]),
        "topics": dict(Counter(topic for row in found["held"] for topic in row["topics"])),
    }
    assert alike == [told, told]


@pytest.mark.parametrize(
    "sets", [None, {}, [1], [{}], [{"permissions": {}}], [{"permissions": []}] * 201]
)
def test_what_is_not_a_list_of_permissions_is_refused(record: Record, sets: object) -> None:
    token = record.fake.owner_token()
    answer = record.call("POST", "/$previews", token, json={"previews": sets})
    assert answer.status_code == 400
    assert record.call("POST", "/$previews", token, json={"previews": []}).get_json() == {
        "previews": []
    }


@pytest.mark.parametrize(
    ("labels", "limits"),
    [
        ((), {}),
        (("conf/N",), {}),
        (("conf/N", "sens/ETH"), {}),
        (("conf/N",), {"also": ["Condition/c2"]}),
        (("conf/N",), {"only": ["Condition/c1", "Observation/a1"]}),
        (("conf/N",), {"except": ["Condition/c1"]}),
        (("conf/N",), {"since": "2024-03-02"}),
    ],
)
def test_the_preview_ids_are_the_ids_of_the_read(
    record: Record, labels: tuple[str, ...], limits: dict[str, Any]
) -> None:
    permissions = everything(record.fake, *labels, **limits)
    found = preview(record, permissions)
    shown = ids(record.get("/Patient/$everything", record.fake.rpt(permissions)))
    assert [each["id"] for each in found["shown"]] == shown
    assert found["total"] == len(found["shown"]) + len(found["held"]) == 7
    assert sum(each["total"] for each in found["counts"].values()) == 7


def test_the_preview_says_why_and_warns_of_hints(record: Record) -> None:
    token = record.fake.owner_token()
    for level, id_ in (("pick", "Observation/v1"), ("hidden", "Observation/a1")):
        record.call("POST", "/$level", token, json={"level": level, "ids": [id_]})
    permissions = [
        p for p in everything(record.fake, "conf/N", **{"except": ["Patient/alice"]})
    ]  # fmt: skip
    found = preview(record, permissions)
    why = {each["id"]: each["why"] for each in found["held"]}
    assert why == {
        "Patient/alice": "named", "Condition/c2": "topic", "Observation/a2": "topic",
        "Observation/v1": "pick", "Observation/a1": "hidden",
    }  # fmt: skip
    assert next(e for e in found["held"] if e["id"] == "Condition/c2")["topics"] == ["ETH"]
    assert [(h["id"], h["topic"]) for h in found["hints"]] == [("MedicationRequest/m1", "ETH")]
    assert found["hints"][0]["because"] == {
        "word": "Revia", "name": "naltrexone",
        "use": "often used against alcohol or opioid dependence",
    }  # fmt: skip
    lifted = preview(record, everything(record.fake, "conf/N", "sens/ETH"))
    assert lifted["hints"] == []
    assert {each["why"] for each in preview(record, [])["held"]} == {"kind", "hidden"}


@pytest.mark.fault("3.7")
def test_the_preview_warns_of_a_file_that_nobody_could_read(record: Record) -> None:
    scan = base64.b64encode(b"%PDF-1.7 \x00\xff").decode()
    document = {
        "resourceType": "DocumentReference", "id": "scan", "status": "current", "subject": ALICE,
        "type": coded("Letter", "11503-0"), "content": [{"attachment": {"data": scan}}],
    }  # fmt: skip
    put(record.site.app.engine, RECORD, [document])
    hints = preview(record, everything(record.fake, "conf/N"))["hints"]
    assert ("DocumentReference/scan", "unread") in [(h["id"], h["topic"]) for h in hints]
    lifted = preview(record, everything(record.fake, *label_scopes()))
    assert lifted["hints"] == []


def _found(record: Record, wanted: str) -> dict[str, str]:
    told = preview(record, everything(record.fake, "conf/N"), search=wanted)
    return {e["id"]: e["found"] for part in ("shown", "held") for e in told[part] if "found" in e}


@pytest.mark.fault("C14")
def test_the_preview_finds_what_is_shown_and_what_is_held_by_any_name(record: Record) -> None:
    panel = {
        "resourceType": "DiagnosticReport", "id": "p1", "status": "final", "subject": ALICE,
        "code": coded("Blood work"), "result": [{"reference": "Observation/a1"}],
    }  # fmt: skip
    order = {
        "resourceType": "MedicationRequest", "id": "m2", "status": "active", "intent": "order",
        "subject": ALICE, "medicationReference": {"reference": "Medication/iron"},
    }  # fmt: skip
    iron = {"resourceType": "Medication", "id": "iron", "code": coded("Ferrous sulfate")}
    put(record.site.app.engine, RECORD, [panel, order, iron])
    assert _found(record, "naltrexone") == {"MedicationRequest/m1": "naltrexone"}
    assert _found(record, "drug") == {"Condition/c2": "Drug abuse"}
    assert set(_found(record, "hba1c")) == {"Observation/a1", "DiagnosticReport/p1"}
    assert _found(record, "ferrous") == {"MedicationRequest/m2": "Ferrous sulfate"}
    assert _found(record, "nothing of the kind") == {}


@pytest.mark.parametrize("wanted", [["a"], 7, "x" * 101])
def test_what_cannot_be_looked_for_is_400(record: Record, wanted: Any) -> None:
    sent = {"permissions": [], "search": wanted}
    answer = record.call("POST", "/$preview", record.fake.owner_token(), json=sent)
    assert answer.status_code == 400


def test_levels_are_enforced_and_survive_an_update(record: Record) -> None:
    token = record.fake.owner_token()
    rpt = record.fake.rpt(everything(record.fake, "conf/N"))
    named = record.fake.rpt(everything(record.fake, "conf/N", also=["Condition/c1"]))
    assert record.get("/Condition/c1", rpt).status_code == 200
    for level, expected in (("pick", (404, 200)), ("hidden", (404, 404)), ("rules", (200, 200))):
        sent = {"level": level, "ids": ["Condition/c1"]}
        assert record.call("POST", "/$level", token, json=sent).status_code == 200
        found = tuple(record.get("/Condition/c1", t).status_code for t in (rpt, named))
        assert found == expected


@pytest.mark.parametrize(
    "sent",
    [{}, [], {"level": "x", "ids": ["Condition/c1"]}, {"level": "pick", "ids": []},
     {"level": "pick", "ids": [1]}, {"level": "pick", "ids": ["Practitioner/bob"]}],
)  # fmt: skip
def test_a_bad_level_is_400(record: Record, sent: Any) -> None:
    assert record.call("POST", "/$level", record.fake.owner_token(), json=sent).status_code == 400


def test_an_unknown_id_changes_no_level(record: Record) -> None:
    token = record.fake.owner_token()
    sent = {"level": "hidden", "ids": ["Condition/c1", "Condition/none"]}
    assert record.call("POST", "/$level", token, json=sent).status_code == 404
    levels = {r["id"]: r["level"] for r in record.get("/$records", token).get_json()["resources"]}
    assert levels["Condition/c1"] == "rules"


def test_the_list_of_records_pages_and_filters(record: Record) -> None:
    token = record.fake.owner_token()
    whole = record.get("/$records", token).get_json()
    assert (whole["total"], whole["directory"], whole["next"]) == (7, 2, None)
    assert whole["patient"] == {
        "id": "Patient/alice",
        "name": "Alice Moreno",
        "birthDate": "1974-05-02",
    }
    assert {r["id"]: r["topics"] for r in whole["resources"]}["Observation/a2"] == ["ETH"]
    by_kind = record.get("/$records?kind=conditions", token).get_json()
    assert by_kind["total"] == 2
    assert record.get("/$records?q=weight", token).get_json()["total"] == 1
    seen: list[str] = []
    url = "/$records?_count=3"
    while url:
        found = record.get(url, token).get_json()
        seen += [r["id"] for r in found["resources"]]
        url = found["next"].split("0123456789", 1)[1] if found["next"] else ""
    assert len(set(seen)) == len(seen) == 7
    for bad in ("kind=x", "_count=x", "cursor=x", "q=" + "x" * 101):
        assert record.get(f"/$records?{bad}", token).status_code == 400


def test_permissions_in_a_wrong_form_are_400(record: Record) -> None:
    token = record.fake.owner_token()
    for sent in ({}, {"permissions": [1]}, {"permissions": [{"resource_id": "x"}]}, []):
        assert record.call("POST", "/$preview", token, json=sent).status_code == 400
