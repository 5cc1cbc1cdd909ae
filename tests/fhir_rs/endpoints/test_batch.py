"""batch and transaction: every entry through the same door."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.fhir_rs.endpoints.conftest import Record
from tests.fhir_rs.endpoints.test_writing import body, writer
from tests.fhir_rs.store import condition, observation


def bundle(kind: str, *requests: tuple[str, str, Any]) -> dict[str, Any]:
    entries = [
        {"request": {"method": method, "url": url}, **({"resource": sent} if sent else {})}
        for method, url, sent in requests
    ]
    return {"resourceType": "Bundle", "type": kind, "entry": entries}


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
    answer = record.call("POST", "", writer(record), json=bundle("batch", ("GET", url, None)))
    assert answer.status_code == 400


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
