"""create and update: what may be written, how it is labelled, what a writer learns."""

from __future__ import annotations

from typing import Any

import pytest

from tests.fhir_rs.endpoints.conftest import Record, ids
from tests.fhir_rs.protected import RECORD
from tests.fhir_rs.store import condition, everything, observation, put


def writer(record: Record, *labels: str, read: bool = True) -> str:
    permissions = everything(record.fake, "conf/N", *labels, action="write")
    if read:
        permissions += everything(record.fake, "conf/N", *labels)
    return record.fake.rpt(permissions)


def body(**more: Any) -> dict[str, Any]:
    made = observation("x", "Weight") | more
    del made["id"]
    return made


def test_a_create_answers_201_with_an_id_of_the_servers_own(record: Record) -> None:
    rpt = writer(record)
    text = '{"resourceType":"Observation","status":"final","code":{"text":"Weight"},'
    text += '"subject":{"reference":"Patient/alice"},"valueQuantity":{"value":1.50}}'
    answer = record.call("POST", "/Observation", rpt, data=text)
    assert answer.status_code == 201
    assert answer.headers["ETag"] == 'W/"1"'
    location = answer.headers["Location"]
    path = location.split("0123456789", 1)[1].partition("/_history")[0]
    stored = record.get(path, rpt)
    assert b'"value":1.50' in stored.get_data()
    assert stored.get_json()["meta"]["versionId"] == "1"
    assert record.get(location.split("0123456789", 1)[1], rpt).get_data() == stored.get_data()


def test_reading_is_not_writing_and_writing_is_not_reading(record: Record) -> None:
    reader = record.fake.rpt(everything(record.fake, "conf/N"))
    assert record.call("POST", "/Observation", reader, json=body()).status_code == 401
    only = writer(record, read=False)
    assert record.call("POST", "/Observation", only, json=body()).status_code == 201
    assert record.get("/Observation", only).status_code == 401


@pytest.mark.attack("FH-71")
@pytest.mark.spec("SC-10")
def test_a_sensitive_code_is_labelled_before_anybody_can_read_it(record: Record) -> None:
    rpt = writer(record)
    sent = condition("x", "Drug abuse", "26416006")
    answer = record.call(
        "POST", "/Condition", rpt, json=sent, headers={"Prefer": "return=representation"}
    )
    assert answer.status_code == 201
    # FH-76: the writer may not read it, so it does not come back.
    assert answer.get_data() == b""
    path = answer.headers["Location"].split("0123456789", 1)[1].partition("/_history")[0]
    assert record.get(path, rpt).status_code == 404
    codes = {
        s["code"]
        for s in record.get(path, record.fake.owner_token()).get_json()["meta"]["security"]
    }
    assert codes == {"R", "SUD", "ETH"}


@pytest.mark.attack("FH-73")
@pytest.mark.parametrize(
    "subject",
    [{"reference": "Patient/dora"}, {"reference": "http://x/fhir/Patient/alice"}, None,
     {"reference": "Group/g"}],
)  # fmt: skip
def test_the_subject_is_the_patient_of_the_record(record: Record, subject: Any) -> None:
    rpt = writer(record)
    sent = body(subject=subject)
    if subject is None:
        del sent["subject"]
    assert record.call("POST", "/Observation", rpt, json=sent).status_code == 422
    changed = observation("a1", "HbA1c") | {"subject": subject or {"reference": "Patient/x"}}
    assert record.call("PUT", "/Observation/a1", rpt, json=changed).status_code == 422
    assert record.get("/Observation/a1", rpt).headers["ETag"] == 'W/"1"'


@pytest.mark.attack("FH-74")
@pytest.mark.parametrize(
    ("path", "sent"),
    [
        ("/Observation/a1", observation("a2", "x")),
        (
            "/Observation/a1",
            {k: v for k, v in observation("a1", "x").items() if k != "resourceType"},
        ),
        ("/Observation/a1", condition("a1", "x")),
        ("/Observation/a1", {k: v for k, v in observation("a1", "x").items() if k != "id"}),
    ],
)
def test_an_update_that_contradicts_its_address_is_400(
    record: Record, path: str, sent: Any
) -> None:
    assert record.call("PUT", path, writer(record), json=sent).status_code == 400


@pytest.mark.attack("FH-43")
@pytest.mark.attack("FH-44")
@pytest.mark.spec("FS-27")
def test_hidden_and_absent_ids_answer_an_update_alike(record: Record) -> None:
    rpt = writer(record)
    for headers in ({}, {"If-Match": 'W/"1"'}, {"If-None-Match": "*"}):
        hidden, absent = (
            record.call("PUT", f"/Observation/{i}", rpt, json=observation(i, "x"), headers=headers)
            for i in ("a2", "new1")
        )
        assert hidden.status_code == absent.status_code == 404
        assert hidden.get_data() == absent.get_data()


def test_an_update_keeps_the_version_before_and_minds_if_match(record: Record) -> None:
    rpt = writer(record)
    changed = observation("a1", "HbA1c", 6.9)
    stale = record.call("PUT", "/Observation/a1", rpt, json=changed, headers={"If-Match": 'W/"7"'})
    assert stale.status_code == 412
    done = record.call("PUT", "/Observation/a1", rpt, json=changed, headers={"If-Match": 'W/"1"'})
    assert (done.status_code, done.headers["ETag"]) == (200, 'W/"2"')
    old = record.get("/Observation/a1/_history/1", rpt).get_json()
    assert old["valueQuantity"]["value"] == 7.5
    assert record.get("/Observation/a1/_history", rpt).get_json()["total"] == 2


@pytest.mark.attack("FH-59")
@pytest.mark.attack("FH-61")
def test_labels_are_never_lowered_and_old_versions_follow_todays(record: Record) -> None:
    rpt = writer(record)
    raised = observation("a1", "HbA1c") | {
        "meta": {
            "security": [
                {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "HIV"}
            ]
        }
    }
    assert record.call("PUT", "/Observation/a1", rpt, json=raised).status_code == 200
    assert record.get("/Observation/a1", rpt).status_code == 404
    assert record.get("/Observation/a1/_history/1", rpt).status_code == 404
    lifted = writer(record, "sens/HIV")
    lowered = observation("a1", "HbA1c")
    assert record.call("PUT", "/Observation/a1", lifted, json=lowered).status_code == 200
    assert record.get("/Observation/a1", rpt).status_code == 404
    assert record.get("/Observation/a1/_history", lifted).get_json()["total"] == 3


@pytest.mark.attack("FH-41")
@pytest.mark.spec("FS-28")
def test_if_none_exist_sees_only_what_the_caller_sees(record: Record) -> None:
    rpt = writer(record)
    found = record.call(
        "POST", "/Condition", rpt, json=condition("x", "Diabetes"),
        headers={"If-None-Exist": "code=44054006"},
    )  # fmt: skip
    assert found.status_code == 200
    hidden = record.call(
        "POST", "/Condition", rpt, json=condition("x", "Other"),
        headers={"If-None-Exist": "code=26416006"},
    )  # fmt: skip
    assert hidden.status_code == 201


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"{", 400), (b"[]", 400), (b"{}", 400), (b'{"resourceType":"Observation"}', 400),
        (b'{"resourceType":"Observation","resourceType":"Observation"}', 400),
        (b'{"resourceType":"Observation","a":' + b"[" * 200 + b"]" * 200 + b"}", 400),
        (b'{"resourceType":"Observation","status":"final","code":{"text":"\\ud800"}}', 400),
        (b"x" * (20 * 1024 * 1024), 413),
    ],
)  # fmt: skip
def test_bad_bodies_get_one_clear_answer(record: Record, data: bytes, status: int) -> None:
    answer = record.call("POST", "/Observation", writer(record), data=data)
    assert answer.status_code == status
    assert answer.get_json()["resourceType"] == "OperationOutcome"


@pytest.mark.attack("FH-85")
def test_xml_is_not_read(record: Record) -> None:
    answer = record.call(
        "POST", "/Observation", writer(record), data=b"<!DOCTYPE x>",
        headers={"Content-Type": "application/fhir+xml"},
    )  # fmt: skip
    assert answer.status_code == 415


@pytest.mark.spec("FS-41")
def test_what_was_cut_down_does_not_replace_the_whole(record: Record) -> None:
    cut = observation("a1", "HbA1c") | {"meta": {"tag": [{"code": "SUBSETTED"}]}}
    assert record.call("PUT", "/Observation/a1", writer(record), json=cut).status_code == 422


@pytest.mark.attack("FH-79")
@pytest.mark.parametrize("type_", ["Patient", "Practitioner", "AuditEvent"])
def test_some_types_are_not_written_by_requesters(record: Record, type_: str) -> None:
    answer = record.call("POST", f"/{type_}", writer(record), json={"resourceType": type_})
    assert answer.status_code == 403


def test_limits_hold_for_writes_too(record: Record) -> None:
    permissions = everything(
        record.fake, "conf/N", action="write", **{"except": ["Observation/a1"]}
    ) + everything(record.fake, "conf/N")  # fmt: skip
    rpt = record.fake.rpt(permissions)
    assert "Observation/a1" in ids(record.get("/Observation", rpt))
    answer = record.call("PUT", "/Observation/a1", rpt, json=observation("a1", "x"))
    assert answer.status_code == 404


NOT_UNDERSTOOD = (
    "", "?", "_format=json", "_count=1", "_count=0", "kind=results", "code=,", "nope=x",
    "identifier=urn:u|\u00dcber", "identifier=urn:u|\u00c3\u009cber",
)  # fmt: skip


@pytest.mark.fault("3.11")
@pytest.mark.parametrize("stored", [0, 1, 2])
def test_a_condition_that_is_not_understood_writes_and_tells_nothing(
    record: Record, stored: int
) -> None:
    many = [observation(f"n{number}", "Weight") for number in range(stored)]
    put(record.site.app.engine, RECORD, many)
    rpt, texts = writer(record), set()
    for header in NOT_UNDERSTOOD:
        answer = record.call(
            "POST", "/Observation", rpt, json=body(), headers={"If-None-Exist": header}
        )
        assert answer.status_code == 400, header
        assert "Location" not in answer.headers
        texts.add(answer.get_data())
    # Whether something is stored makes no difference to what is said.
    assert len(texts) <= 6
    assert record.get("/Observation?_count=0", rpt).get_json()["total"] == 2 + stored


def test_a_condition_may_be_percent_encoded(record: Record) -> None:
    rpt, sent = writer(record), body(identifier=[{"system": "urn:u", "value": "\u00dcber"}])
    header = {"If-None-Exist": "identifier=urn:u%7C%C3%9Cber"}
    first = record.call("POST", "/Observation", rpt, json=sent, headers=header)
    again = record.call("POST", "/Observation", rpt, json=sent, headers=header)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.headers["Location"] == again.headers["Location"]
