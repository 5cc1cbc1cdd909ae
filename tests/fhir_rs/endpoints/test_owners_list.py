"""$records with content, newest first and by any name; $shown-to: who sees one resource."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from tests.fhir_rs.endpoints.conftest import Record
from tests.fhir_rs.protected import RECORD
from tests.fhir_rs.store import ALICE, coded, everything, observation, put

PANEL: list[dict[str, Any]] = [
    {
        "resourceType": "DiagnosticReport", "id": "p1", "status": "final", "subject": ALICE,
        "code": coded("Blood work"), "issued": "2025-06-01T08:00:00Z",
        "result": [{"reference": "Observation/ldl"}, {"reference": "Observation/hdl"}],
        "performer": [{"reference": "Practitioner/bob"}],
    },
    observation("ldl", "LDL", 3.1, effectiveDateTime="2025-06-01T07:00:00Z"),
    observation("hdl", "HDL", 1.1, effectiveDateTime="2025-06-01T07:00:00+02:00"),
]  # fmt: skip


def listed(record: Record, query: str) -> dict[str, Any]:
    answer = record.get(f"/$records{query}", record.fake.owner_token())
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.get_json()
    return found


def ids(found: dict[str, Any]) -> list[str]:
    return [each["id"] for each in found["resources"]]


def test_the_list_has_the_newest_first_and_no_row_twice_or_never(record: Record) -> None:
    put(record.site.app.engine, RECORD, PANEL)
    whole = ids(listed(record, ""))
    assert whole[:4] == ["DiagnosticReport/p1", "Observation/ldl", "Observation/hdl",
                         "Observation/v1"]  # fmt: skip
    assert len(whole) == 10 and whole.index("Observation/a2") < whole.index("Observation/a1")
    seen: list[str] = []
    query = "?_count=1"
    while query:
        page = listed(record, query)
        seen += ids(page)
        query = "?" + page["next"].partition("?")[2] if page["next"] else ""
    assert seen == whole


def test_a_line_brings_its_resource_and_what_that_names(record: Record) -> None:
    put(record.site.app.engine, RECORD, PANEL)
    found = listed(record, "?id=DiagnosticReport/p1&content=true")
    assert found["total"] == 1
    (line,) = found["resources"]
    assert line["content"]["result"] == PANEL[0]["result"]
    assert set(found["beside"]) == {"Observation/ldl", "Observation/hdl", "Practitioner/bob"}
    assert "content" not in listed(record, "?id=DiagnosticReport/p1")["resources"][0]
    assert listed(record, "?id=Condition/none")["resources"] == []
    for bad in ("?id=Condition", "?id=Nothing/1", "?content=yes", "?id=Condition/c1%2F.."):
        answer = record.get(f"/$records{bad}", record.fake.owner_token())
        assert answer.status_code == 400


def test_the_bytes_of_files_stay_where_they_are(record: Record) -> None:
    note = base64.b64encode(b"Slept well. " * 20).decode()
    scan = base64.b64encode(b"%PDF-1.7" + bytes(300)).decode()
    document = {
        "resourceType": "DocumentReference", "id": "d1", "status": "current", "subject": ALICE,
        "type": coded("Letter"), "text": {"status": "generated", "div": "<div>Letter</div>"},
        "content": [
            {"attachment": {"contentType": "text/plain", "data": note}},
            {"attachment": {"contentType": "application/pdf", "data": scan, "title": "Scan"}},
        ],
    }  # fmt: skip
    put(record.site.app.engine, RECORD, [document])
    (alone,) = listed(record, "?id=DocumentReference/d1&content=true")["resources"]
    first, second = (each["attachment"] for each in alone["content"]["content"])
    assert first["data"] == note and "text" in alone["content"]
    assert "data" not in second and (second["title"], second["size"] > 300) == ("Scan", True)
    (among,) = listed(record, "?kind=documents&content=true")["resources"]
    assert "text" not in among["content"]
    assert all("data" not in each["attachment"] for each in among["content"]["content"])


@pytest.mark.fault("C14")
def test_the_list_is_searched_by_any_name(record: Record) -> None:
    put(record.site.app.engine, RECORD, PANEL)
    found = listed(record, "?q=naltrexone")
    assert [(e["id"], e["found"]) for e in found["resources"]] == [
        ("MedicationRequest/m1", "naltrexone")
    ]
    assert ids(listed(record, "?q=ldl&_count=1")) == ["DiagnosticReport/p1"]
    assert listed(record, "?q=ldl")["total"] == 2
    assert ids(listed(record, "?q=ldl&kind=conditions")) == []
    page = listed(record, "?q=ldl&_count=1")
    assert ids(listed(record, "?" + page["next"].partition("?")[2])) == ["Observation/ldl"]


def shown(record: Record, address: str, *parties: list[dict[str, Any]]) -> dict[str, Any]:
    answer = record.call(
        "POST", "/$shown-to", record.fake.owner_token(),
        json={"id": address, "parties": list(parties)},
    )  # fmt: skip
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.get_json()
    return found


def test_who_sees_one_resource_now_and_at_each_level(record: Record) -> None:
    plain = everything(record.fake, "conf/N")
    named = everything(record.fake, "conf/N", also=["Condition/c2"])
    found = shown(record, "Condition/c1", plain, named, [])
    always = {"rules": True, "pick": False, "hidden": False}
    never = dict.fromkeys(always, False)
    assert found["level"] == "rules"
    assert [(p["now"], p["why"], p["at"]) for p in found["parties"]] == [
        (True, "", always), (True, "", always), (False, "kind", never),
    ]  # fmt: skip
    found = shown(record, "Condition/c2", plain, named)
    assert [(p["now"], p["why"], p["at"]) for p in found["parties"]] == [
        (False, "topic", never), (True, "", {"rules": True, "pick": True, "hidden": False}),
    ]  # fmt: skip


@pytest.mark.parametrize("level", ["rules", "pick", "hidden"])
def test_what_is_told_of_a_level_is_what_is_read_at_it(record: Record, level: str) -> None:
    parties = [
        everything(record.fake, *labels, **limits)
        for labels in ((), ("conf/N",), ("conf/N", "sens/ETH"))
        for limits in ({}, {"also": ["Binary/b1", "Condition/c1"]}, {"until": "2020-01-01"})
    ]
    letter = {
        "resourceType": "DocumentReference", "id": "d1", "status": "current", "subject": ALICE,
        "content": [{"attachment": {"contentType": "image/png", "url": "Binary/b1"}}],
    }  # fmt: skip
    file = {"resourceType": "Binary", "id": "b1", "contentType": "image/png", "data": "iVBORw0="}
    put(record.site.app.engine, RECORD, [letter, file])
    token = record.fake.owner_token()
    for address in ("Condition/c1", "Condition/c2", "Binary/b1", "DocumentReference/d1"):
        before = shown(record, address, *parties)["parties"]
        record.call("POST", "/$level", token, json={"level": level, "ids": [address]})
        read = [
            record.get(f"/{address}", record.fake.rpt(each)).status_code == 200 for each in parties
        ]
        after = shown(record, address, *parties)["parties"]
        assert [each["at"][level] for each in before] == read == [each["now"] for each in after]
        assert [bool(each["why"]) for each in after] == [not each["now"] for each in after]


@pytest.mark.parametrize(
    "sent",
    [{}, [], {"id": "Condition/c1"}, {"id": "x", "parties": []}, {"id": 1, "parties": []},
     {"id": "Condition/c1", "parties": [1]}, {"id": "Condition/c1", "parties": [[{}]]},
     {"id": "Condition/c1", "parties": [[]] * 201}],
)  # fmt: skip
def test_a_question_in_another_form_is_400(record: Record, sent: Any) -> None:
    answer = record.call("POST", "/$shown-to", record.fake.owner_token(), json=sent)
    assert answer.status_code == 400


@pytest.mark.parametrize("address", ["Condition/none", "Practitioner/bob"])
def test_of_what_is_no_record_of_hers_nothing_is_told(record: Record, address: str) -> None:
    sent = {"id": address, "parties": []}
    assert (
        record.call("POST", "/$shown-to", record.fake.owner_token(), json=sent).status_code == 404
    )
