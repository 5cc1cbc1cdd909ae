"""batch and transaction: every entry through the same door."""

from __future__ import annotations

import json
from typing import Any

import pytest
from werkzeug.test import TestResponse

from tests.fhir_rs.endpoints.conftest import Record
from tests.fhir_rs.endpoints.test_writing import body, writer
from tests.fhir_rs.protected import RECORD
from tests.fhir_rs.store import condition, observation, put


def bundle(kind: str, *requests: tuple[str, str, Any]) -> dict[str, Any]:
    entries = [
        {"request": {"method": method, "url": url}, **({"resource": sent} if sent else {})}
        for method, url, sent in requests
    ]
    return {"resourceType": "Bundle", "type": kind, "entry": entries}


def statuses(answer: TestResponse) -> list[str]:
    """The status of each entry of a batch-response."""
    assert answer.status_code == 200, answer.get_json()
    return [entry["response"]["status"][:3] for entry in answer.get_json().get("entry", [])]


@pytest.mark.attack("FH-35")
@pytest.mark.spec("SM-51")
@pytest.mark.parametrize("path", ["", "/"])
def test_each_entry_is_answered_as_a_single_request_would_be(record: Record, path: str) -> None:
    rpt = record.rpt("Observation", "results", "conf/N")
    urls = [
        "Observation/a1",
        "Observation/a2",
        "Observation/gone",
        "Condition/c1",
        "Observation?code:in=x",
    ]
    sent = bundle("batch", *(("GET", url, None) for url in urls))
    entries = record.call("POST", path, rpt, json=sent).get_json()["entry"]
    assert [e["response"]["status"][:3] for e in entries] == ["200", "404", "404", "401", "400"]
    single = record.get("/Observation/a1", rpt).get_json()
    assert entries[0]["resource"] == single
    assert entries[1] == entries[2]
    outcome = record.get("/Observation/a2", rpt).get_json()
    assert entries[1]["response"]["outcome"] == outcome


@pytest.mark.attack("FH-37")
@pytest.mark.parametrize(
    "url", ["http://rs2/Observation/a1", "//evil", "../admin", "/fhir/x", "?x=1", ""]
)
def test_addresses_outside_the_record_are_refused(record: Record, url: str) -> None:
    sent = bundle("batch", ("GET", url, None), ("GET", "Observation/a1", None))
    answer = record.call("POST", "", writer(record), json=sent)
    assert statuses(answer) == ["400", "200"]
    sent["type"] = "transaction"
    assert record.call("POST", "", writer(record), json=sent).status_code == 400


@pytest.mark.attack("FH-40")
def test_nested_and_oversized_bundles_are_refused(record: Record) -> None:
    rpt = writer(record)
    many = bundle("batch", *(("GET", "Observation/a1", None) for _ in range(101)))
    assert record.call("POST", "", rpt, json=many).status_code == 413
    for sent in (
        [],
        {"resourceType": "Bundle"},
        {"resourceType": "Bundle", "type": "batch", "entry": {}},
    ):
        assert record.call("POST", "", rpt, json=sent).status_code == 400
    inner = bundle("batch", ("POST", "Bundle", bundle("batch")))
    entries = record.call("POST", "", rpt, json=inner).get_json()["entry"]
    assert entries[0]["response"]["status"].startswith("403")


def test_writes_in_a_batch_stand_alone(record: Record) -> None:
    rpt = writer(record)
    sent = bundle(
        "batch",
        ("POST", "Observation", body()),
        ("POST", "Observation", {"resourceType": "Observation"}),
    )
    entries = record.call("POST", "", rpt, json=sent).get_json()["entry"]
    assert [e["response"]["status"][:3] for e in entries] == ["201", "400"]
    assert record.get("/Observation?code:text=x", rpt).status_code == 400
    assert record.get("/Observation?kind=results", rpt).get_json()["total"] == 2


def test_a_transaction_is_all_or_nothing(record: Record) -> None:
    rpt = writer(record)
    bad = bundle(
        "transaction", ("POST", "Observation", body()), ("POST", "Observation", body(status="x"))
    )
    assert record.call("POST", "", rpt, json=bad).status_code == 400
    assert record.get("/Observation?kind=results", rpt).get_json()["total"] == 1
    lost = bundle(
        "transaction",
        ("POST", "Observation", body()),
        ("PUT", "Observation/a2", observation("a2", "x")),
    )
    assert record.call("POST", "", rpt, json=lost).status_code == 404
    assert record.get("/Observation?kind=results", rpt).get_json()["total"] == 1


def test_entries_of_a_transaction_refer_to_each_other(record: Record) -> None:
    rpt = writer(record)
    cause = condition("x", "Fall")
    finding = observation("y", "Bruise") | {"hasMember": [{"reference": "urn:uuid:o1"}]}
    sent = bundle(
        "transaction", ("GET", "Observation?kind=results", None), ("POST", "Observation", body()),
        ("POST", "Observation", finding), ("POST", "Condition", cause),
    )  # fmt: skip
    sent["entry"][1]["fullUrl"] = "urn:uuid:o1"
    entries = record.call("POST", "", rpt, data=json.dumps(sent)).get_json()["entry"]
    assert [e["response"]["status"][:3] for e in entries] == ["200", "201", "201", "201"]
    assert entries[0]["resource"]["total"] == 3
    member = entries[1]["response"]["location"].rpartition("/_history")[0].rpartition("/")[2]
    found = record.get(f"/Observation?has-member=Observation/{member}", rpt).get_json()
    assert found["total"] == 1


def test_a_tokenless_bundle_learns_nothing(record: Record) -> None:
    sent = bundle("batch", ("GET", "Observation/a1", None), ("GET", "Observation/gone", None))
    entries = record.call("POST", "", json=sent).get_json()["entry"]
    assert {e["response"]["status"][:3] for e in entries} == {"401"}


ASKED = {"method": "GET", "url": "Observation/a1"}
MALFORMED: list[Any] = [
    1, None, "x", [], {}, {"request": None}, {"request": []}, {"request": {}},
    {"request": {"method": "GET"}}, {"request": {"url": "Observation/a1"}},
    {"request": ASKED | {"method": "LIST"}}, {"request": ASKED | {"method": 5}},
    {"request": ASKED | {"url": "/Observation/x"}}, {"request": ASKED | {"url": 5}},
    {"request": ASKED | {"url": "Observation//x"}}, {"request": ASKED | {"url": "a/../b"}},
    {"request": ASKED | {"url": "Obsérvation"}}, {"request": ASKED | {"url": "Observation a1"}},
    {"request": ASKED | {"url": "Observation?code=a#b"}}, {"request": ASKED | {"url": "#"}},
    {"request": ASKED | {"ifMatch": 5}}, {"request": ASKED | {"ifNoneExist": None}},
    {"request": ASKED, "fullUrl": 5}, {"request": ASKED | {"url": "Observation;a=b/a1"}},
    {"request": ASKED | {"url": f"http://rs.localhost:8401/fhir/r/{RECORD}/Observation/a1"}},
]  # fmt: skip


@pytest.mark.fault("3.12")
def test_an_entry_fails_alone_whatever_is_wrong_with_it(record: Record) -> None:
    rpt = writer(record)
    sent = bundle("batch")
    for bad in MALFORMED:
        sent["entry"] += [bad, {"request": ASKED}]
    answer = record.call("POST", "", rpt, json=sent)
    assert statuses(answer) == ["400", "200"] * len(MALFORMED)
    for entry in answer.get_json()["entry"][::2]:
        assert entry["response"]["outcome"]["issue"][0]["severity"] == "error"
    # Each of them bore a token, so each of them is in the audit.
    outcomes = [entry.outcome for entry in record.site.audited()]
    assert outcomes == ["refused", "shown"] * len(MALFORMED)


def test_only_an_envelope_that_is_broken_is_refused_as_a_whole(record: Record) -> None:
    rpt = writer(record)
    for sent in ([], 5, {"resourceType": "Bundle", "type": "batch", "entry": {}},
                 {"resourceType": "Bundle", "type": "searchset"}, {"type": "batch"}):  # fmt: skip
        assert record.call("POST", "", rpt, json=sent).status_code == 400
    for kind in ("batch", "transaction"):
        assert statuses(record.call("POST", "", rpt, json=bundle(kind))) == []


FOUND = {
    "Condition?code=http://snomed.info/sct|44054006": 1,
    "Condition?code=http://snomed.info/sct%7C44054006": 1,
    "Condition?code=http://snomed.info/sct|1": 0,
    "Patient?name=Müller": 1,
    "Patient?name=M%C3%BCller": 1,
    "Patient?family=王": 1,
    "Patient?name=Ann Müller": 0,
    "Patient?given=Ann Lee": 1,
    "Patient?given=Ann+Lee": 1,
    "Patient?given=\U0001f600": 0,
}


@pytest.mark.fault("3.12")
def test_a_query_of_an_entry_is_understood_as_of_a_request(record: Record) -> None:
    names = [{"family": "Müller", "given": ["Ann Lee"]}, {"family": "王"}]
    put(record.site.app.engine, RECORD, [{"resourceType": "Patient", "id": "p", "name": names}])
    sent = bundle("batch", *(("GET", url, None) for url in FOUND))
    text = json.dumps(sent, ensure_ascii=False).encode()
    answer = record.call("POST", "", record.fake.owner_token(), data=text)
    assert statuses(answer) == ["200"] * len(FOUND)
    totals = [entry["resource"]["total"] for entry in answer.get_json()["entry"]]
    assert dict(zip(FOUND, totals, strict=True)) == FOUND


@pytest.mark.fault("3.28e")
def test_each_resource_of_an_answer_has_its_address(record: Record) -> None:
    rpt, base = writer(record), f"http://rs.localhost:8401/fhir/r/{RECORD}"
    sent = bundle(
        "batch",
        ("GET", "Observation/a1", None), ("GET", "Observation/a1/_history/1", None),
        ("GET", "Observation?code=x", None), ("GET", "Patient/$everything", None),
        ("POST", "Observation", body()), ("PUT", "Observation/a1", observation("a1", "x")),
        ("GET", "Observation/gone", None), ("HEAD", "Observation/a1", None),
        ("GET", "metadata", None), ("GET", "Observation/a1/_history", None),
    )  # fmt: skip
    for kind in ("batch", "transaction"):
        sent["type"] = kind
        headers = {"Prefer": "return=representation"}
        entries = record.call("POST", "", rpt, json=sent, headers=headers).get_json()["entry"]
        for entry in entries:
            assert ("fullUrl" in entry) == ("resource" in entry)
            assert "/_history" not in entry.get("fullUrl", "")
            resource = entry.get("resource", {})
            if "id" in resource:
                assert entry["fullUrl"] == f"{base}/{resource['resourceType']}/{resource['id']}"
        assert len([e for e in entries if "resource" in e]) == 8
        addresses = [e["fullUrl"] for e in entries if "fullUrl" in e and "id" not in e["resource"]]
        assert len(set(addresses)) == 4 and all(a.startswith("urn:uuid:") for a in addresses)
