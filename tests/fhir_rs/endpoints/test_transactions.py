"""transaction: what names another entry names it afterwards too; what is dead is refused."""

from __future__ import annotations

import json
from typing import Any

import pytest
from werkzeug.test import TestResponse

from tests.fhir_rs.endpoints.conftest import Record
from tests.fhir_rs.endpoints.test_batch import statuses
from tests.fhir_rs.endpoints.test_writing import body, writer
from tests.fhir_rs.protected import RECORD
from tests.fhir_rs.store import ALICE, condition, labelled, observation, put

BASE = f"http://rs.localhost:8401/fhir/r/{RECORD}"
URN = "urn:uuid:0aa7e1a0-0000-4000-8000-00000000000A"
ELSEWHERE = "http://example.com/fhir"
VISIT = {
    "resourceType": "Encounter", "id": "e1", "status": "finished", "class": {"code": "AMB"},
    "subject": ALICE,
}  # fmt: skip


def entry(method: str, url: str, resource: Any = None, full: str = "", **more: Any) -> Any:
    made: dict[str, Any] = {"request": {"method": method, "url": url, **more}}
    return made | ({"resource": resource} if resource else {}) | ({"fullUrl": full} if full else {})


def send(record: Record, *entries: Any, token: str = "") -> TestResponse:
    sent = {"resourceType": "Bundle", "type": "transaction", "entry": list(entries)}
    return record.call("POST", "", token or writer(record), json=sent)


def stored(record: Record, answer: TestResponse, place: int = 0) -> Any:
    """The resource that an entry of a transaction made, as its owner reads it."""
    location = answer.get_json()["entry"][place]["response"]["location"]
    path = location.removeprefix(BASE).partition("/_history")[0]
    return record.get(path, record.fake.owner_token()).get_json()


def address(answer: TestResponse, place: int) -> str:
    location = answer.get_json()["entry"][place]["response"]["location"]
    return str(location.removeprefix(f"{BASE}/").partition("/_history")[0])


def fall(**more: Any) -> dict[str, Any]:
    return condition("x", "Fall", **more)


NAMES = [
    (URN, URN), (URN, URN.lower()), (URN.lower(), URN), ("urn:oid:1.2.3", "urn:oid:1.2.3"),
    (f"{ELSEWHERE}/Encounter/tmp1", f"{ELSEWHERE}/Encounter/tmp1"),
    (f"{ELSEWHERE}/Encounter/tmp1", f"{ELSEWHERE}/Encounter/tmp1/_history/3"),
    (f"{ELSEWHERE}/Encounter/tmp1", "Encounter/tmp1"),
    (f"{ELSEWHERE}/Encounter/tmp1", "Encounter/tmp1/_history/1"),
    (f"{BASE}/Encounter/tmp1", "Encounter/tmp1"),
    (f"{BASE}/Encounter/tmp1", f"{BASE}/Encounter/tmp1"), ("Encounter/tmp1", "Encounter/tmp1"),
]  # fmt: skip


@pytest.mark.fault("3.15")
@pytest.mark.parametrize("method", ["POST", "PUT"])
@pytest.mark.parametrize("beside", ["", f"{ELSEWHERE}/Condition/c", "urn:uuid:b"])
def test_a_reference_to_an_entry_leads_to_what_became_of_it(
    record: Record, method: str, beside: str
) -> None:
    put(record.site.app.engine, RECORD, [VISIT])
    token, reader = writer(record), record.fake.owner_token()
    for number, (full, written) in enumerate(NAMES):
        visit = entry(method, "Encounter" if method == "POST" else "Encounter/e1", VISIT, full)
        other = entry("POST", "Condition", fall(encounter={"reference": written}), beside)
        order = [visit, other] if number % 2 else [other, visit]
        answer = send(record, *order, token=token)
        assert sorted(statuses(answer)) == ["200" if method == "PUT" else "201", "201"]
        target = address(answer, order.index(visit))
        made = stored(record, answer, order.index(other))
        assert made["encounter"] == {"reference": target}, (full, written)
        found = record.get(f"/Condition?encounter={target}&_count=0", reader)
        assert found.get_json()["total"] == (number + 1 if method == "PUT" else 1)


@pytest.mark.fault("3.15")
def test_two_roots_are_told_apart_and_what_is_no_entry_stays(record: Record) -> None:
    put(record.site.app.engine, RECORD, [VISIT | {"id": "same"}])
    answer = send(
        record,
        entry("POST", "Encounter", VISIT, "http://a.example/Encounter/same"),
        entry("POST", "Encounter", VISIT, "http://b.example/Encounter/same"),
        entry("POST", "Condition", fall(encounter={"reference": "Encounter/same"}),
              "http://b.example/Condition/x"),
        entry("POST", "Condition", fall(encounter={"reference": "Encounter/same"})),
    )  # fmt: skip
    assert stored(record, answer, 2)["encounter"]["reference"] == address(answer, 1)
    assert stored(record, answer, 3)["encounter"]["reference"] == "Encounter/same"


@pytest.mark.fault("3.15")
def test_lists_of_links_and_attachments_are_replaced_when_stored(record: Record) -> None:
    plan = {
        "resourceType": "CarePlan", "status": "active", "intent": "plan", "subject": ALICE,
        "instantiatesUri": ["http://other", URN], "addresses": [{"reference": URN}],
    }  # fmt: skip
    note = {
        "resourceType": "DocumentReference", "status": "current", "subject": ALICE,
        "content": [{"attachment": {"contentType": "text/plain", "url": URN}}],
    }  # fmt: skip
    answer = send(
        record, entry("POST", "CarePlan", plan), entry("POST", "DocumentReference", note),
        entry("POST", "Condition", fall(), URN),
    )  # fmt: skip
    target = address(answer, 2)
    made = stored(record, answer, 0)
    assert made["instantiatesUri"] == ["http://other", target]
    assert made["addresses"] == [{"reference": target}]
    assert stored(record, answer, 1)["content"][0]["attachment"]["url"] == target


@pytest.mark.fault("3.15")
@pytest.mark.parametrize("dead", ["urn:uuid:gone", "urn:oid:1.2.9", "URN:UUID:GONE"])
def test_a_reference_to_an_entry_that_is_not_there_is_refused(record: Record, dead: str) -> None:
    before = record.get("/Condition?_count=0", record.fake.owner_token()).get_json()["total"]
    answer = send(
        record,
        entry("POST", "Condition", fall()),
        entry("POST", "Condition", fall(encounter={"reference": dead})),
    )
    assert answer.status_code == 400
    after = record.get("/Condition?_count=0", record.fake.owner_token()).get_json()["total"]
    assert after == before
    assert [e.outcome for e in record.site.audited()].count("refused") == 1


def identified(id_: str, value: str) -> dict[str, Any]:
    return VISIT | {"id": id_, "identifier": [{"system": "urn:x", "value": value}]}


@pytest.mark.fault("3.15")
def test_a_conditional_reference_means_the_one_visible_match(record: Record) -> None:
    put(
        record.site.app.engine,
        RECORD,
        [
            *(identified("e1", "one"), identified("e2", "two"), identified("e3", "two")),
            labelled(identified("e4", "hidden"), "HIV"),
            labelled(identified("e5", "one"), "HIV"),
        ],
    )
    for spelled in ("Encounter?identifier=urn:x|one", "Encounter?identifier=urn:x%7Cone",
                    f"{BASE}/Encounter?identifier=urn:x|one"):  # fmt: skip
        answer = send(record, entry("POST", "Condition", fall(encounter={"reference": spelled})))
        assert stored(record, answer)["encounter"] == {"reference": "Encounter/e1"}, spelled
    texts = set()
    for value in ("hidden", "none"):
        asked = {"reference": f"Encounter?identifier=urn:x|{value}"}
        refused = send(record, entry("POST", "Condition", fall(encounter=asked)))
        assert refused.status_code == 412
        texts.add(refused.get_data())
    assert len(texts) == 1
    for bad, status in (
        ("identifier=urn:x|two", 412),
        ("nope=x", 400),
        ("", 400),
        ("_count=1", 400),
    ):
        asked = {"reference": f"Encounter?{bad}"}
        refused = send(record, entry("POST", "Condition", fall(encounter=asked)))
        assert refused.status_code == status, bad


@pytest.mark.fault("3.15")
def test_a_conditional_reference_is_a_search_in_the_audit(record: Record) -> None:
    put(record.site.app.engine, RECORD, [identified("e1", "one")])
    asked = {"reference": "Encounter?identifier=urn:x|one"}
    send(record, entry("POST", "Condition", fall(encounter=asked)))
    said = [json.loads(each.event)["subtype"][0]["code"] for each in record.site.audited()]
    assert said == ["search-type", "create"]


@pytest.mark.fault("3.15")
def test_a_conditional_reference_may_mean_what_the_transaction_makes(record: Record) -> None:
    asked = {"reference": "Encounter?identifier=urn:x|new"}
    answer = send(
        record,
        entry("POST", "Condition", fall(encounter=asked)),
        entry("POST", "Encounter", identified("x", "new")),
    )
    assert stored(record, answer, 0)["encounter"] == {"reference": address(answer, 1)}


@pytest.mark.fault("3.11")
def test_a_conditional_create_decides_what_references_to_it_mean(record: Record) -> None:
    visit = entry("POST", "Encounter", identified("x", "v"), URN, ifNoneExist="identifier=urn:x|v")
    other = entry("POST", "Condition", fall(encounter={"reference": URN}))
    first = send(record, other, visit)
    assert statuses(first) == ["201", "201"]
    again = send(record, other, visit)
    assert statuses(again) == ["201", "200"]
    assert address(first, 1) == address(again, 1)
    assert stored(record, again, 0)["encounter"] == {"reference": address(first, 1)}
    for condition_, status in (("", 400), ("_count=1", 400), ("identifier=urn:x|\u00fc", 201)):
        visit["request"]["ifNoneExist"] = condition_
        answer = send(record, visit)
        assert answer.status_code == (400 if status == 400 else 200), condition_


NONSENSE: list[list[Any]] = [
    [entry("POST", "Condition", fall(), URN), entry("POST", "Condition", fall(), URN)],
    [entry("PUT", "Observation/a1", observation("a1", "x"))] * 2,
    [entry("POST", "Observation", body(), ifNoneExist="code=x")] * 2,
    [entry("PUT", "Observation?code=x", observation("a1", "x"))],
    [entry("DELETE", "Observation/a1")],
    [entry("POST", "Observation")],
    [entry("POST", "Observation/a1", body())],
    [{"request": {"method": "POST", "url": "/Observation"}, "resource": body()}],
    [entry("POST", "Observation", body()), 5],
]


@pytest.mark.fault("3.15")
def test_what_makes_no_sense_together_is_refused_as_a_whole(record: Record) -> None:
    token = writer(record)
    statuses_ = [send(record, *entries, token=token).status_code for entries in NONSENSE]
    assert statuses_ == [400] * len(NONSENSE)
    answer = record.get("/Observation?_count=0", record.fake.owner_token())
    assert answer.get_json()["total"] == 3


@pytest.mark.fault("3.15")
def test_labels_travel_along_a_link_between_entries(record: Record) -> None:
    secret = condition("x", "Drug abuse", "26416006")
    medicine = {
        "resourceType": "MedicationRequest", "status": "active", "intent": "order",
        "subject": ALICE, "medicationCodeableConcept": {"text": "m"},
        "reasonReference": [{"reference": "Condition/tmp1"}],
    }  # fmt: skip
    answer = send(
        record,
        entry("POST", "MedicationRequest", medicine, f"{ELSEWHERE}/MedicationRequest/m"),
        entry("POST", "Condition", secret, f"{ELSEWHERE}/Condition/tmp1"),
    )
    codes = {each["code"] for each in stored(record, answer, 0)["meta"]["security"]}
    assert {"SUD", "ETH"} <= codes
