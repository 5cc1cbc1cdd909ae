"""What is withheld stays withheld: by text, by reference, by file, by what is contained."""

from __future__ import annotations

import base64
import json
import re
from typing import Any

import pytest

from fhir_rs.db import writing
from fhir_rs.models import levels, relabeling
from tests.attacks.fhir_record import (
    ALICE,
    ANOTHER,
    CANARY,
    other,
    path_of,
    reader,
    record,
    settled,
    writer,
)
from tests.fhir_rs.endpoints.conftest import Record, ids
from tests.fhir_rs.fake_as import BASE
from tests.fhir_rs.protected import RECORD, bare, fake, site
from tests.fhir_rs.store import coded, condition, everything, labelled, observation, put

__all__ = ["bare", "fake", "record", "settled", "site"]
WHEN = re.compile(rb"20[0-9]{2}-[0-9T:.+-]+Z")
SAID = "Known HIV positive, on treatment"
BASE_OF_RECORD = f"{BASE}/r/{RECORD}"


def add(record: Record, *resources: dict[str, Any]) -> None:
    put(record.site.app.engine, RECORD, resources)


def level(record: Record, address: str, to: int) -> None:
    with writing(record.site.app.engine) as connection:
        levels.set_levels(connection, RECORD, [address], to)


def plan(reference: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "resourceType": "CarePlan", "status": "active", "intent": "plan", "subject": ALICE,
        "addresses": [reference],
    } | more  # fmt: skip


def document(id_: str, **attachment: Any) -> dict[str, Any]:
    return {
        "resourceType": "DocumentReference", "id": id_, "status": "current", "subject": ALICE,
        "type": coded("A letter", "11503-0", "http://loinc.org"),
        "content": [{"attachment": attachment}],
    }  # fmt: skip


def binary(id_: str, text: str | bytes, **more: Any) -> dict[str, Any]:
    data = base64.b64encode(text.encode() if isinstance(text, str) else text).decode()
    return {"resourceType": "Binary", "id": id_, "contentType": "text/plain", "data": data} | more


TEXTS: list[dict[str, Any]] = [
    {"resourceType": "DiagnosticReport", "status": "final", "code": coded("Report"),
     "subject": ALICE, "conclusion": SAID},
    observation("", "Finding") | {"valueQuantity": None, "valueString": SAID},
    plan({"display": "x"}, description=SAID),
    plan({"display": "x"}, title=SAID),
    {"resourceType": "AllergyIntolerance", "patient": ALICE, "code": coded("Dust"),
     "reaction": [{"manifestation": [coded("Rash")], "description": SAID}]},
    {"resourceType": "ImagingStudy", "status": "available", "subject": ALICE, "description": SAID},
    {"resourceType": "MedicationRequest", "status": "active", "intent": "order", "subject": ALICE,
     "medicationCodeableConcept": coded("Vitamin"),
     "dosageInstruction": [{"patientInstruction": SAID}]},
    {"resourceType": "ServiceRequest", "status": "active", "intent": "order", "subject": ALICE,
     "patientInstruction": SAID},
    {"resourceType": "QuestionnaireResponse", "status": "completed", "subject": ALICE,
     "item": [{"linkId": "1", "answer": [{"valueString": SAID}]}]},
    {"resourceType": "Communication", "status": "completed", "subject": ALICE,
     "payload": [{"contentString": SAID}]},
    {"resourceType": "ClinicalImpression", "status": "completed", "subject": ALICE,
     "summary": SAID},
    condition("", "Sprain") | {"extension": [{"url": "urn:x", "valueString": SAID}]},
    document("", title=SAID),
    document("", data=base64.b64encode(SAID.encode()).decode()),
    document("", data=base64.b64encode(SAID.encode("utf-16")).decode(), contentType="image/png"),
]  # fmt: skip


@pytest.mark.fault("B1")
@pytest.mark.fault("3.6")
@pytest.mark.parametrize("sent", TEXTS, ids=lambda sent: str(sent["resourceType"]))
def test_a_private_topic_in_any_text_is_withheld(record: Record, sent: dict[str, Any]) -> None:
    body = {name: value for name, value in sent.items() if value not in ("", None)}
    path = path_of(record.call("POST", f"/{sent['resourceType']}", writer(record), json=body))
    assert record.get(path, other(record)).status_code == 404
    assert record.get(path, other(record, "sens/HIV")).status_code == 200


# A Binary and what it is content of.


@pytest.mark.fault("B2")
@pytest.mark.attack("FH-26")
@pytest.mark.parametrize("hide", ["label", "level", "except", "pick", "context"])
def test_a_file_is_withheld_with_what_points_at_it(record: Record, hide: str) -> None:
    points = document("dh", url="Binary/bh")
    if hide == "context":
        add(record, document("dh"), binary("bh", CANARY,
            securityContext={"reference": "DocumentReference/dh"}))  # fmt: skip
    else:
        add(record, labelled(points, "PSY") if hide == "label" else points, binary("bh", CANARY))
    limits: dict[str, Any] = {"except": ["DocumentReference/dh"]} if hide == "except" else {}
    if hide in ("level", "pick", "context"):
        level(record, "DocumentReference/dh", 1 if hide == "pick" else 2)
    rpt = record.fake.rpt(everything(record.fake, "conf/N", **limits))
    assert record.get("/DocumentReference/dh", rpt).status_code == 404
    assert record.get("/Binary/bh", rpt).status_code == 404
    for path in ("/Patient/$everything?_type=Binary", "/Binary", "/Patient/$everything"):
        assert "Binary/bh" not in ids(record.get(path, rpt))
    assert record.get("/Binary/bh", record.fake.owner_token()).status_code == 200


@pytest.mark.fault("B2")
@pytest.mark.parametrize(
    "spelling", ["Binary/bo", f"{BASE_OF_RECORD}/Binary/bo", "Binary/bo/_history/1"]
)
def test_a_file_is_of_the_kind_of_what_points_at_it(record: Record, spelling: str) -> None:
    add(record, binary("bo", "An X-ray of a foot"), document("do", url=spelling))
    documents = record.rpt("DocumentReference", "documents", "conf/N")
    medicines = record.rpt("MedicationRequest", "medicines", "conf/N")
    assert record.get("/Binary/bo", documents).status_code == 200
    assert ids(record.get("/Patient/$everything?_type=Binary", documents))[-1] == "Binary/bo"
    assert record.get("/Binary/bo", medicines).status_code in (401, 404)


@pytest.mark.fault("B2")
@pytest.mark.fault("3.7")
def test_what_a_file_says_labels_it_and_what_points_at_it(record: Record) -> None:
    add(record, document("ds", url="Binary/bs"), binary("bs", SAID))
    for path in ("/DocumentReference/ds", "/Binary/bs"):
        assert record.get(path, reader(record)).status_code == 404
        assert record.get(path, reader(record, "sens/HIV")).status_code == 200


@pytest.mark.fault("B2")
def test_a_file_that_nobody_can_read_goes_with_its_document_or_with_nobody(record: Record) -> None:
    pdf = b"%PDF-1.4\n\x00\xff\xfe stream"
    placed = document("dp", url="Binary/bp")
    add(record, placed, binary("bp", pdf), binary("alone", pdf))
    unplaced = {k: v for k, v in document("du", url="Binary/bu").items() if k != "type"}
    add(record, unplaced, binary("bu", pdf))
    sealed = {k: v for k, v in document("dq").items() if k != "type"}
    sealed["content"] = [{"attachment": {"data": base64.b64encode(pdf).decode()}}]
    add(record, sealed)
    rpt = reader(record)
    assert record.get("/Binary/bp", rpt).status_code == 200
    for path in ("/Binary/alone", "/Binary/bu", "/DocumentReference/dq"):
        assert record.get(path, rpt).status_code == 404, path
        assert record.get(path, record.fake.owner_token()).status_code == 200
    assert record.get("/DocumentReference/du", rpt).status_code == 200


# One meaning of a reference.

SPELLINGS: dict[str, dict[str, Any]] = {
    "relative": {"reference": "Condition/kept"},
    "versioned": {"reference": "Condition/kept/_history/1"},
    "absolute": {"reference": f"{BASE_OF_RECORD}/Condition/kept"},
    "absolute and versioned": {"reference": f"{BASE_OF_RECORD}/Condition/kept/_history/1"},
    "plain base": {"reference": f"{BASE}/Condition/kept"},
    "upper case host": {"reference": BASE_OF_RECORD.replace("http", "HTTP", 1) + "/Condition/kept"},
    "encoded": {"reference": "Condition%2Fkept"},
    "bare": {"reference": "kept"},
    "urn": {"reference": "urn:uuid:kept"},
    "identifier": {"identifier": {"system": "urn:s", "value": "k-1"}},
    "typed identifier": {"type": "Condition", "identifier": {"system": "urn:s", "value": "k-1"}},
    "conditional": {"reference": "Condition?identifier=urn:s|k-1"},
}
KEPT = condition("kept", f"{CANARY} Retroviral illness", "86406008",
                 identifier=[{"system": "urn:s", "value": "k-1"}])  # fmt: skip
every_spelling = pytest.mark.parametrize("name", list(SPELLINGS))
first_or_last = pytest.mark.parametrize("first", [True, False], ids=["before", "after"])


@pytest.mark.fault("B12")
@pytest.mark.fault("3.2")
@every_spelling
@first_or_last
def test_labels_travel_along_every_spelling(record: Record, name: str, first: bool) -> None:
    holder = plan(SPELLINGS[name], id="p-9")
    add(record, *((KEPT, holder) if first else (holder, KEPT)))
    assert record.get("/CarePlan/p-9", reader(record)).status_code == 404
    assert record.get("/CarePlan/p-9", reader(record, "sens/HIV")).status_code == 200
    found = record.get("/CarePlan?condition=Condition/kept", reader(record, "sens/HIV"))
    assert ids(found) == ["CarePlan/p-9"]
    included = record.get(
        "/CarePlan?_id=p-9&_include=CarePlan:condition", reader(record, "sens/HIV")
    )
    assert ids(included, "include") == ["Condition/kept"]


@pytest.mark.fault("B12")
@pytest.mark.fault("3.2")
@pytest.mark.parametrize("with_words", [True, False], ids=["words", "narrative"])
@every_spelling
def test_every_spelling_loses_its_words(record: Record, name: str, with_words: bool) -> None:
    """In an element whose target does not label its holder: only the words are cut."""
    add(record, KEPT)
    reference = dict(SPELLINGS[name])
    if with_words:
        reference["display"] = f"{CANARY} Clade B"
    holder = observation("o-9", "Sodium", extension=[{"url": "urn:x", "valueReference": reference}])
    if not with_words:
        div = f'<div xmlns="http://www.w3.org/1999/xhtml">{CANARY} Clade B</div>'
        holder["text"] = {"status": "generated", "div": div}
    add(record, holder)
    shown = record.get("/Observation/o-9", reader(record))
    assert shown.status_code == 200 and CANARY not in shown.get_data(as_text=True)
    meta = shown.get_json()["meta"]
    assert "SUBSETTED" in str(meta["tag"]) and "REDACTED" in str(meta["security"])
    assert CANARY in record.get("/Observation/o-9", reader(record, "sens/HIV")).get_data(True)
    assert CANARY in record.get("/Observation/o-9", record.fake.owner_token()).get_data(True)
    entry = record.get("/Observation?_id=o-9", reader(record)).get_data(as_text=True)
    assert "o-9" in entry and CANARY not in entry


@pytest.mark.fault("B12")
@every_spelling
@pytest.mark.parametrize("there", [True, False], ids=["hidden", "absent"])
def test_a_search_finds_no_name_of_what_is_hidden(record: Record, name: str, there: bool) -> None:
    """Which of the hidden resources bears a name, or that one does, is theirs to know.

    An identifier is cut where its bearer is hidden or absent, so it is not found there either.
    """
    if there:
        add(record, condition("kept", "Gout", identifier=KEPT["identifier"]))
        level(record, "Condition/kept", 2)
    add(record, plan(SPELLINGS[name], id="p-7"))
    literal = name in ("relative", "versioned", "absolute", "absolute and versioned",
                       "plain base", "upper case host", "encoded", "bare")  # fmt: skip
    rpt = reader(record)
    found = ids(record.get("/CarePlan?condition=Condition/kept", rpt))
    assert found == (["CarePlan/p-7"] if literal else [])
    written = SPELLINGS[name].get("reference", "Condition?identifier=urn:s|k-1")
    by_words = "identifier" in name or name == "conditional"
    for token, told in ((rpt, not by_words), (record.fake.owner_token(), True)):
        answer = record.get("/CarePlan", token, query_string={"condition": written})
        assert ids(answer) == (["CarePlan/p-7"] if told else [])


@pytest.mark.fault("B13")
def test_only_topics_travel(record: Record) -> None:
    target = labelled(condition("t-9", "Sprain"), "PSY")
    target["meta"]["security"].append(
        {"system": "http://terminology.hl7.org/CodeSystem/v3-ActReason", "code": "TREAT"}
    )
    add(record, target, plan({"reference": "Condition/t-9"}, id="p-8"))
    shown = record.get("/CarePlan/p-8", reader(record, "sens/PSY"))
    assert shown.status_code == 200
    assert {c["code"] for c in shown.get_json()["meta"]["security"]} == {"R", "PSY"}


@pytest.mark.fault("3.28")
def test_a_chain_is_followed_to_its_end(record: Record) -> None:
    chain = [labelled(observation("n0", "Sodium"), "HIV")]
    for number in range(1, 40):
        link = {"reference": f"Observation/n{number - 1}"}
        chain.append(observation(f"n{number}", "Sodium", derivedFrom=[link]))
    add(record, *reversed(chain))
    seen = [
        n for n in range(40) if record.get(f"/Observation/n{n}", reader(record)).status_code == 200
    ]
    assert seen == []


# What is contained.


@pytest.mark.fault("B27")
def test_what_is_contained_is_shown_only_with_its_own_kind(record: Record) -> None:
    gout = {"resourceType": "Condition", "id": "g", "subject": ALICE, "code": coded("Gout")}
    drug = {"resourceType": "Medication", "id": "m", "code": coded("Allopurinol")}
    add(record, {
        "resourceType": "MedicationRequest", "id": "r-9", "status": "active", "intent": "order",
        "subject": ALICE, "contained": [gout, drug],
        "medicationReference": {"reference": "#m", "display": "Allopurinol"},
        "reasonReference": [{"reference": "#g", "display": "Gout of the foot"}],
        "text": {"status": "generated", "div": "<div>because of gout</div>"},
    })  # fmt: skip
    medicines = record.rpt("MedicationRequest", "medicines", "conf/N")
    shown = record.get("/MedicationRequest/r-9", medicines)
    assert shown.status_code == 200
    assert "out" not in json.dumps(shown.get_json()).replace("without", "").replace("output", "")
    assert "Allopurinol" in shown.get_data(as_text=True)
    assert "Gout of the foot" in record.get("/MedicationRequest/r-9", reader(record)).get_data(True)


@pytest.mark.fault("B27")
def test_what_is_contained_of_somebody_else_is_refused(record: Record) -> None:
    theirs = {"resourceType": "Condition", "id": "g", "subject": {"reference": "Patient/dora"},
              "code": coded("Gout")}  # fmt: skip
    sent = observation("", "Sodium", contained=[theirs], focus=[{"reference": "#g"}])
    del sent["id"]
    assert record.call("POST", "/Observation", writer(record), json=sent).status_code == 422


# Cut resources.


def _cut_one(record: Record) -> None:
    named = {"reference": "Condition/kept", "display": CANARY}
    extension = [{"url": "urn:x", "valueReference": named}]
    add(record, KEPT, observation("o-9", "Sodium", extension=extension))


@pytest.mark.fault("B28")
@pytest.mark.fault("B25")
def test_a_cut_resource_is_another_representation_and_never_put_back(record: Record) -> None:
    _cut_one(record)
    rpt = writer(record)
    cut, whole = (
        record.get("/Observation/o-9", rpt),
        record.get("/Observation/o-9", reader(record, "sens/HIV")),
    )
    assert cut.headers["ETag"] != whole.headers["ETag"]
    for tag in (whole.headers["ETag"], 'W/"1"', "1"):
        got = record.get("/Observation/o-9", rpt, headers={"If-None-Match": tag})
        assert got.status_code == 200, tag
    again = record.get("/Observation/o-9", rpt, headers={"If-None-Match": cut.headers["ETag"]})
    assert again.status_code == 304
    body = cut.get_json()
    del body["meta"]
    for headers in ({}, {"If-Match": 'W/"1"'}, {"If-Match": cut.headers["ETag"]}):
        put_back = record.call("PUT", "/Observation/o-9", rpt, json=body, headers=headers)
        assert put_back.status_code in (412, 422), headers
    owner = record.get("/Observation/o-9", record.fake.owner_token())
    assert CANARY in owner.get_data(as_text=True)


# No oracle for a writer.


def _seen_by_writer(record: Record, sent: dict[str, Any], **who: Any) -> list[tuple[int, bytes]]:
    """All that a writer without private topics can see of what she wrote."""
    rpt = writer(record, **who)
    type_, whole = sent["resourceType"], {"Prefer": "return=representation"}
    made = record.call("POST", f"/{type_}", rpt, json=sent, headers=whole)
    path = path_of(made)
    back = [
        made,
        record.get(path, rpt),
        record.get(f"{path}/_history", rpt),
        record.get(f"{path}/_history/1", rpt),
        record.get(f"/{type_}?_id={path.rpartition('/')[2]}", rpt),
        record.call("PUT", path, rpt, json=sent | {"id": path.rpartition("/")[2]},
                    headers=whole),
        record.get(path, rpt),
    ]  # fmt: skip
    name = path.rpartition("/")[2].encode()
    found = [(each.status_code, each.get_data().replace(name, b"ID")) for each in back]
    return [(status, WHEN.sub(b"T", body)) for status, body in found]


@pytest.mark.fault("B3")
@pytest.mark.parametrize("hidden", ["Condition/hid", "Condition/pick", "Condition/c2"])
def test_a_reference_to_something_hidden_answers_like_one_to_nothing(
    record: Record, hidden: str
) -> None:
    absent = hidden.replace("Condition/", "Condition/x")[: len(hidden)]
    seen = []
    for target in (hidden, absent):
        sent = plan({"reference": target, "display": "my own words"})
        found = _seen_by_writer(record, sent)
        seen.append([(s, b.replace(target.encode(), b"T")) for s, b in found])
    assert seen[0] == seen[1]
    assert {status for status, _ in seen[0]} == {200, 201}


@pytest.mark.fault("B4")
@pytest.mark.parametrize("evidence", [True, False])
def test_a_writer_is_not_told_what_else_the_record_holds(record: Record, evidence: bool) -> None:
    if evidence:
        add(record, condition("oud", "Opioid use disorder"))
        level(record, "Condition/oud", 2)
    sent = {"resourceType": "MedicationRequest", "status": "active", "intent": "order",
            "subject": ALICE, "medicationCodeableConcept": coded("Methadone 10 mg")}  # fmt: skip
    seen = _seen_by_writer(record, sent)
    assert {status for status, _ in seen} == {200, 201}
    assert all(b"ETH" not in body and b"SUD" not in body for _, body in seen)


@pytest.mark.fault("B4")
def test_everybody_else_reads_a_version_under_its_full_labels(record: Record) -> None:
    add(record, condition("oud", "Opioid use disorder"))
    sent = {"resourceType": "MedicationRequest", "status": "active", "intent": "order",
            "subject": ALICE, "medicationCodeableConcept": coded("Methadone 10 mg")}  # fmt: skip
    path = path_of(record.call("POST", "/MedicationRequest", writer(record), json=sent))
    assert record.get(path, other(record)).status_code == 404
    # Her own version; the next one, by somebody else, is not hers.
    rpt = writer(record, "sens/ETH", heart_uma_party=ANOTHER)
    changed = record.call("PUT", path, rpt, json=sent | {"id": path.rpartition("/")[2]})
    assert changed.status_code == 200
    assert record.get(path, reader(record)).status_code == 404
    assert record.get(f"{path}/_history/1", reader(record)).status_code == 404


@pytest.mark.fault("B8")
def test_a_conditional_create_looks_again_in_the_turn_that_writes(
    record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = observation("", "Sodium", identifier=[{"system": "urn:s", "value": "once"}])
    del sent["id"]
    rpt = writer(record)
    headers = {"If-None-Exist": "identifier=urn:s|once"}
    before, raced = record.site.app.turn, []

    def turn(of_record: str) -> Any:
        # Another request with the same criteria is answered first.
        if not raced:
            raced.append(1)
            assert (
                record.call("POST", "/Observation", rpt, json=sent, headers=headers).status_code
                == 201
            )
        return before(of_record)

    monkeypatch.setattr(record.site.app, "turn", turn)
    assert record.call("POST", "/Observation", rpt, json=sent, headers=headers).status_code == 200
    found = record.get("/Observation?identifier=urn:s|once", rpt).get_json()
    assert found["total"] == 1


def test_relabelling_keeps_what_a_writer_sees(record: Record) -> None:
    sent = plan({"reference": "Condition/later"})
    rpt = writer(record)
    path = path_of(record.call("POST", "/CarePlan", rpt, json=sent))
    before = record.get(path, rpt).get_data()
    add(record, labelled(condition("later", "Sprain"), "HIV"))
    with writing(record.site.app.engine) as connection:
        relabeling.settle(connection, RECORD)
    assert record.get(path, rpt).get_data() == before
    assert record.get(path, other(record)).status_code == 404
