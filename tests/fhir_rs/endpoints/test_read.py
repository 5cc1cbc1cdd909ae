"""read, vread and history: withheld is absent, byte for byte."""

from __future__ import annotations

import re

import pytest

from tests.fhir_rs.endpoints.conftest import Record

TICKET = re.compile(rb'ticket="[^"]+"|"valueString":"[^"]+"')


@pytest.mark.attack("FH-02")
def test_a_permitted_read_gives_the_bytes_and_one_audit_row(record: Record) -> None:
    rpt = record.rpt("Observation", "results", "conf/N")
    before = len(record.site.audited())
    answer = record.get("/Observation/a1", rpt)
    assert answer.status_code == 200
    assert answer.headers["ETag"] == 'W/"1"'
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.get_json()["valueQuantity"]["value"] == 7.5
    assert [s["code"] for s in answer.get_json()["meta"]["security"]] == ["N"]
    assert len(record.site.audited()) == before + 1


@pytest.mark.attack("FH-04")
@pytest.mark.spec("FS-23")
def test_without_a_token_existing_hidden_and_absent_look_alike(record: Record) -> None:
    answers = [record.get(f"/Observation/{id_}") for id_ in ("a1", "a2", "nothing", "x" * 65)]
    assert {a.status_code for a in answers} == {401}
    bodies = {TICKET.sub(b"", a.get_data()) for a in answers}
    headers = {TICKET.sub(b"", a.headers["WWW-Authenticate"].encode()) for a in answers}
    assert len(bodies) == 1
    assert len(headers) == 1


@pytest.mark.attack("FH-53")
@pytest.mark.spec("FS-25")
def test_a_withheld_read_is_the_same_404_as_an_absent_one(record: Record) -> None:
    rpt = record.rpt("Observation", "results", "conf/N")
    withheld, absent = record.get("/Observation/a2", rpt), record.get("/Observation/gone", rpt)
    assert withheld.status_code == absent.status_code == 404
    assert withheld.get_data() == absent.get_data()
    assert list(withheld.headers) == list(absent.headers)


@pytest.mark.attack("FH-05")
def test_conditional_reads_do_not_leak_a_withheld_version(record: Record) -> None:
    rpt = record.rpt("Observation", "results", "conf/N")
    for headers in ({"If-None-Match": 'W/"1"'}, {"Range": "bytes=0-10"}):
        answer = record.get("/Observation/a2", rpt, headers=headers)
        assert answer.status_code == 404
        assert "ETag" not in answer.headers
    assert record.get("/Observation/a1", rpt, headers={"If-None-Match": "1"}).status_code == 304


def test_a_topic_scope_lifts_its_label(record: Record) -> None:
    rpt = record.rpt("Observation", "results", "conf/N", "sens/ETH")
    assert record.get("/Observation/a2", rpt).status_code == 200


def test_another_kind_of_the_same_type_is_withheld(record: Record) -> None:
    rpt = record.rpt("Observation", "vitals", "conf/N")
    assert record.get("/Observation/v1", rpt).status_code == 200
    assert record.get("/Observation/a1", rpt).status_code == 404


def test_another_type_is_401_with_a_ticket(record: Record) -> None:
    rpt = record.rpt("Observation", "vitals", "conf/N")
    answer = record.get("/Condition/c1", rpt)
    assert answer.status_code == 401
    assert "UMA" in answer.headers["WWW-Authenticate"]


def test_people_are_readable_through_what_refers_to_them(record: Record) -> None:
    rpt = record.rpt("Condition", "conditions", "conf/N")
    assert record.get("/Practitioner/bob", rpt).status_code == 200
    # Only a withheld condition refers to this one.
    assert record.get("/Practitioner/unseen", rpt).status_code == 404
    assert record.get("/Practitioner/bob", record.rpt("Observation", "vitals")).status_code == 404


def test_the_owner_reads_everything(record: Record) -> None:
    token = record.fake.owner_token()
    for path in ("/Observation/a2", "/Practitioner/unseen", "/Condition/c2", "/Patient/alice"):
        assert record.get(path, token).status_code == 200


@pytest.mark.parametrize("path", ["/Nothing/a1", "/observation/a1", "/Observation/a1/x"])
def test_what_is_no_interaction_is_404(record: Record, path: str) -> None:
    assert record.get(path).status_code == 404


@pytest.mark.attack("FH-82")
@pytest.mark.parametrize("method", ["DELETE", "PATCH"])
def test_interactions_that_do_not_exist_are_405(record: Record, method: str) -> None:
    assert record.call(method, "/Observation/a1", record.fake.owner_token()).status_code == 405


def test_history_and_vread(record: Record) -> None:
    rpt = record.rpt("Observation", "results", "conf/N")
    assert record.get("/Observation/a1/_history/1", rpt).status_code == 200
    assert record.get("/Observation/a1/_history/2", rpt).status_code == 404
    history = record.get("/Observation/a1/_history", rpt).get_json()
    assert history["total"] == 1
    assert history["entry"][0]["resource"]["id"] == "a1"
    assert record.get("/Observation/a2/_history", rpt).status_code == 404
