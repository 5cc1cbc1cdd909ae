"""Writes and Bundles tell no more than reads, and lower nothing (attack catalogue FH, DOS)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from fhir_rs.errors import FHIR_JSON
from tests.attacks.fhir_record import (
    ANOTHER,
    CANARY,
    bundle,
    reader,
    record,
    settled,
    shape,
    writer,
)
from tests.fhir_rs.endpoints.conftest import Record, ids
from tests.fhir_rs.protected import bare, fake, site
from tests.fhir_rs.store import condition, observation

__all__ = ["bare", "fake", "record", "settled", "site"]


def new(**more: Any) -> dict[str, Any]:
    made = observation("x", "Weight") | more
    del made["id"]
    return made


def answers(record: Record, token: str | None, text: str) -> list[dict[str, Any]]:
    answer = record.call("POST", "", token, data=text)
    assert answer.status_code == 200, answer.get_data(as_text=True)
    found: list[dict[str, Any]] = answer.get_json()["entry"]
    return found


@pytest.mark.attack("FH-35")
@pytest.mark.attack("FH-38")
def test_an_entry_of_a_batch_is_a_request_of_its_own(settled: Record) -> None:
    rpt = reader(settled)
    urls = [
        "Observation/a1", "Observation/s1", "Observation/none", "Condition/hid", "Condition/none",
        "Patient?_has:Condition:patient:code=38341003", "Patient/$everything",
        "Observation/s1/_history/1", "Encounter/e1",
    ]  # fmt: skip
    asked = [{"method": "GET", "url": url, "ifNoneMatch": 'W/"9"'} for url in urls]
    text = settled.call("POST", "", rpt, data=bundle(*asked)).get_data(as_text=True)
    assert CANARY not in text
    for url, entry in zip(urls, json.loads(text)["entry"], strict=True):
        single = settled.get(f"/{url}", rpt)
        assert entry["response"]["status"].startswith(str(single.status_code))
        body = entry["resource"] if single.status_code == 200 else entry["response"]["outcome"]
        assert body == single.get_json()


@pytest.mark.attack("FH-35")
def test_a_batch_without_a_token_is_challenged_entry_by_entry(settled: Record) -> None:
    found = answers(settled, None, bundle(*({"method": "GET", "url": f"Observation/{i}"}
                                            for i in ("a1", "s1", "none"))))  # fmt: skip
    assert {each["response"]["status"][:3] for each in found} == {"401"}
    assert CANARY not in json.dumps(found)


@pytest.mark.attack("FH-37")
@pytest.mark.parametrize(
    "url",
    [
        "http://rs2/Observation/a1", "//evil/Observation/a1", "../metadata", "/Observation/a1",
        "Observation/../Condition/hid", "?_type=x", "", "Observation/a1#x", "Observation//a1",
        "\u00e9", "Observation/a1\n", "Observation/%61", "r/DoraRecord--0123456789/Patient/dora",
        ".", "..", "$preview/..", "Observation;x/a1", "@evil", None, 7,
    ],
)  # fmt: skip
def test_an_entry_never_leaves_the_record(settled: Record, url: Any) -> None:
    text = bundle({"method": "GET", "url": url})
    answer = settled.call("POST", "", reader(settled), data=text)
    inner = str(answer.get_json().get("entry", [{}])[0].get("response", {}).get("status", ""))
    assert answer.status_code == 400 or inner[:3] in ("400", "404")


@pytest.mark.attack("FH-37")
@pytest.mark.parametrize("url", ["$preview", "$previews", "$level", "$records", "$activity"])
def test_owner_operations_do_not_open_inside_a_batch(settled: Record, url: str) -> None:
    entry = {"request": {"method": "POST", "url": url}, "resource": {"resourceType": "Basic"}}
    for each in (entry, {"request": {"method": "GET", "url": url}}):
        found = answers(settled, reader(settled), bundle(each))
        assert found[0]["response"]["status"][:3] in ("401", "404", "405")


@pytest.mark.attack("FH-40")
def test_bundles_do_not_nest_and_are_bounded(settled: Record) -> None:
    rpt = reader(settled)
    inner = {"request": {"method": "POST", "url": "Bundle"}, "resource": {"resourceType": "Bundle"}}
    assert answers(settled, rpt, bundle(inner))[0]["response"]["status"][:3] == "403"
    many = bundle(*[{"method": "GET", "url": "Observation/a1"}] * 10_001)
    assert settled.call("POST", "", rpt, data=many).status_code == 413
    text = json.dumps({"resourceType": "Bundle", "type": "batch", "entry": 7})
    assert settled.call("POST", "", rpt, data=text).status_code == 400
    for broken in (7, {}, {"request": []}):
        text = json.dumps({"resourceType": "Bundle", "type": "batch", "entry": [broken]})
        assert answers(settled, rpt, text)[0]["response"]["status"][:3] == "400"
    for kind in ("history", "searchset", "document", ""):
        text = bundle({"method": "GET", "url": "Observation"}, kind=kind)
        assert settled.call("POST", "", rpt, data=text).status_code == 400


@pytest.mark.attack("DOS-11")
def test_a_batch_has_a_budget_of_time(record: Record, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fhir_rs.endpoints.batch.BUDGET_SECONDS", -1.0)
    asked = [{"method": "GET", "url": "Observation/a1"}] * 3
    found = answers(record, reader(record), bundle(*asked))
    assert [each["response"]["status"][:3] for each in found] == ["429"] * 3
    assert CANARY not in json.dumps(found)


@pytest.mark.attack("FH-38")
@pytest.mark.attack("FH-41")
@pytest.mark.spec("FS-28")
def test_a_conditional_create_does_not_find_what_is_withheld(record: Record) -> None:
    rpt = writer(record)
    sent = json.dumps(new())
    results = []
    for value in ("lab-77", "lab-none"):
        condition_ = {"If-None-Exist": f"identifier={value}"}
        single = record.call("POST", "/Observation", rpt, data=sent, headers=condition_)
        entry = {
            "request": {"method": "POST", "url": "Observation",
                        "ifNoneExist": f"identifier={value}"},
            "resource": new(),
        }  # fmt: skip
        batch = answers(record, rpt, bundle(entry))[0]["response"]
        results.append((single.status_code, len(single.get_data()), batch["status"], batch["etag"]))
    assert results[0] == results[1]
    assert results[0][0] == 201


@pytest.mark.attack("FH-43")
@pytest.mark.attack("FH-44")
@pytest.mark.spec("FS-27")
@pytest.mark.parametrize(
    "headers",
    [{}, {"If-Match": 'W/"1"'}, {"If-Match": "*"}, {"If-None-Match": "*"},
     {"If-None-Exist": "_id=s1"}],
)  # fmt: skip
def test_an_update_of_the_withheld_is_one_of_the_absent(
    record: Record, headers: dict[str, str]
) -> None:
    rpt = writer(record)
    seen = [
        shape(record.call("PUT", f"/{type_}/{id_}", rpt, json=make(id_, "x"), headers=headers))
        for type_, make, id_ in [
            ("Observation", observation, "s1"), ("Observation", observation, "none"),
            ("Condition", condition, "pick"), ("Condition", condition, "hid"),
            ("Condition", condition, "none"),
        ]
    ]  # fmt: skip
    assert len(set(seen)) == 1 and seen[0][0] == 404


@pytest.mark.attack("FH-70")
@pytest.mark.attack("FH-58")
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PATCH", "/Observation/a1"), ("POST", "/Observation/a1/$meta-delete"),
        ("POST", "/Observation/a1/$meta-add"), ("DELETE", "/Observation/a1"),
        ("DELETE", "/Observation?code=x"), ("PUT", "/Observation?identifier=lab-77"),
        ("PATCH", "/Observation?identifier=lab-77"), ("POST", "/Observation/a1"),
        ("PUT", "/Observation/a1/_history/1"), ("PUT", ""), ("DELETE", ""),
    ],
)  # fmt: skip
def test_other_ways_to_change_something_do_not_exist(
    record: Record, method: str, path: str
) -> None:
    for token in (writer(record), None):
        answer = record.call(method, path, token, data="{}", headers={"Content-Type": FHIR_JSON})
        assert answer.status_code in (404, 405)
    assert record.get("/Observation/a1", writer(record)).headers["ETag"] == 'W/"1"'


@pytest.mark.attack("FH-58")
@pytest.mark.attack("FH-79")
@pytest.mark.spec("FS-79")
@pytest.mark.parametrize("type_", ["AuditEvent", "Consent", "Patient", "Bundle", "Organization",
                                   "Subscription"])  # fmt: skip
def test_what_rules_and_audit_rest_on_is_not_written(record: Record, type_: str) -> None:
    sent = {"resourceType": type_, "id": "x"}
    assert record.call("POST", f"/{type_}", writer(record), json=sent).status_code == 403
    assert record.call("PUT", f"/{type_}/x", writer(record), json=sent).status_code == 403


@pytest.mark.attack("FH-58")
def test_a_subscription_calls_nobody(record: Record) -> None:
    sent = {
        "resourceType": "Subscription", "status": "requested", "reason": "x",
        "criteria": "Observation?code=x",
        "channel": {"type": "rest-hook", "endpoint": "http://169.254.169.254/"},
    }  # fmt: skip
    before = len(record.fake.line.calls)
    assert record.call("POST", "/Subscription", writer(record), json=sent).status_code >= 400
    assert all("169" not in call for call in record.fake.line.calls[before:])


@pytest.mark.attack("FH-76")
def test_a_representation_holds_what_the_writer_may_read(record: Record) -> None:
    rpt = writer(record)
    sent = new(hasMember=[{"reference": "Observation/none", "display": "my own words"}])
    back = record.call(
        "POST", "/Observation", rpt, json=sent, headers={"Prefer": "return=representation"}
    )
    path = back.headers["Location"].split("0123456789", 1)[1].partition("/_history")[0]
    assert back.status_code == 201
    assert back.get_data() == record.get(path, rpt).get_data()


@pytest.mark.attack("P-16")
@pytest.mark.spec("FS-48")
@pytest.mark.parametrize("suffix", ["", "/_history/1", "#part"])
def test_what_refers_to_a_private_condition_is_private_too(record: Record, suffix: str) -> None:
    rpt = writer(record)
    visit = {
        "resourceType": "Encounter", "status": "finished",
        "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "AMB"},
        "subject": {"reference": "Patient/alice"},
        "diagnosis": [{"condition": {"reference": f"Condition/c2{suffix}"}}],
    }  # fmt: skip
    made = record.call("POST", "/Encounter", rpt, json=visit)
    assert made.status_code == 201, made.get_data(as_text=True)
    path = made.headers["Location"].split("0123456789", 1)[1].partition("/_history")[0]
    assert record.get(path, reader(record, heart_uma_party=ANOTHER)).status_code == 404
    # Whoever wrote it reads it back, or what she is shown would tell her of the condition.
    assert record.get(path, rpt).status_code == 200


@pytest.mark.attack("FH-80")
def test_when_nothing_can_be_labelled_nothing_is_stored(
    record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: Any) -> Any:
        raise RuntimeError("the labelling service is down")

    monkeypatch.setattr("fhir_rs.enforcement.description.hits_of", fails)
    rpt = writer(record)
    before = record.get("/Observation", rpt).get_json()["total"]
    answer = record.call("POST", "/Observation", rpt, json=new())
    assert answer.status_code >= 500
    assert b"labelling" not in answer.get_data()
    assert record.get("/Observation", rpt).get_json()["total"] == before


@pytest.mark.attack("DOS-05")
@pytest.mark.parametrize("coding", ["gzip", "br", "deflate", "zstd", "identity, gzip"])
def test_encoded_bodies_are_refused_unread(settled: Record, coding: str) -> None:
    answer = settled.call(
        "POST", "/Observation", writer(settled), data=b"\x1f\x8b",
        headers={"Content-Encoding": coding},
    )  # fmt: skip
    assert answer.status_code == 415


@pytest.mark.attack("FH-85")
@pytest.mark.parametrize("media", ["application/fhir+xml", "text/xml", "text/html", "text/plain",
                                   "multipart/form-data; boundary=x", ""])  # fmt: skip
def test_only_json_is_read(settled: Record, media: str) -> None:
    bomb = b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><Observation>&a;</Observation>'
    headers = {"Content-Type": media}
    for path in ("/Observation", ""):
        answer = settled.call("POST", path, writer(settled), data=bomb, headers=headers)
        assert answer.status_code == 415


@pytest.mark.attack("DOS-04")
@pytest.mark.parametrize(
    "value",
    ["9" * 4301, "1e400", "-1e400", "NaN", "Infinity", "[" * 5000, '{"a":' * 500,
     "[" + "0," * 10**6 + "0]",
     "{" + ",".join(f'"k{n}":0' for n in range(100_000)) + "}", '"\\ud800"', '"\\u0000"'],
)  # fmt: skip
def test_json_that_hurts_is_400(settled: Record, value: str) -> None:
    text = f'{{"resourceType":"Observation","status":"final","x":{value}}}'
    assert settled.call("POST", "/Observation", writer(settled), data=text).status_code in (
        400,
        413,
    )


@pytest.mark.attack("DOS-02")
def test_large_bodies_are_413(settled: Record) -> None:
    rpt = writer(settled)
    for size in (16 * 1024 * 1024, 20 * 1024 * 1024):
        assert settled.call("POST", "/Observation", rpt, data=b"{" + b" " * size).status_code == 413
        assert settled.call("POST", "", rpt, data=b"{" + b" " * size).status_code == 413
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    body = "code=x&" * 40_000
    answer = settled.call("POST", "/Observation/_search", rpt, data=body, headers=form)
    assert answer.status_code == 413


@pytest.mark.attack("FH-08")
def test_a_form_search_is_filtered_like_any_other(settled: Record) -> None:
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    for body in ("", "identifier=lab-77", "_id=s1,s2", "_include=Observation:focus"):
        answer = settled.call(
            "POST", "/Observation/_search", reader(settled), data=body, headers=form
        )
        assert answer.status_code == 200
        assert CANARY.encode() not in answer.get_data()
        assert not {"Observation/s1", "Observation/s2"} & set(ids(answer))


@pytest.mark.attack("FH-37")
@pytest.mark.parametrize("kind", ["batch", "transaction"])
def test_a_transaction_that_fails_changes_nothing(record: Record, kind: str) -> None:
    rpt = writer(record)
    before = record.get("/Observation", rpt).get_json()["total"]
    entries = [
        {"request": {"method": "POST", "url": "Observation"}, "resource": new()},
        {"request": {"method": "PUT", "url": "Observation/s1"},
         "resource": observation("s1", "taken over")},
    ]  # fmt: skip
    answer = record.call("POST", "", rpt, data=bundle(*entries, kind=kind))
    added = record.get("/Observation", rpt).get_json()["total"] - before
    if kind == "transaction":
        assert (answer.status_code, added) == (404, 0)
    else:
        statuses = [e["response"]["status"][:3] for e in answer.get_json()["entry"]]
        assert (statuses, added) == (["201", "404"], 1)
    assert b"CNRY" in record.get("/Observation/s1", record.fake.owner_token()).get_data()
