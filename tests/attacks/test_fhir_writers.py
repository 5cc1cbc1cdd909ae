"""A requester who writes learns nothing by it: of labels, names, files and people."""

from __future__ import annotations

import json
from typing import Any

import pytest

from fhir_rs.db import writing
from fhir_rs.models import levels
from tests.attacks.fhir_record import ALICE, CANARY, other, path_of, reader, record, settled, writer
from tests.attacks.test_fhir_withheld import KEPT, add, binary, document, level, plan
from tests.fhir_rs.endpoints.conftest import Record, ids
from tests.fhir_rs.protected import RECORD, bare, fake, site
from tests.fhir_rs.store import condition, everything, observation

__all__ = ["bare", "fake", "record", "settled", "site"]


def without_id(resource: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in resource.items() if name != "id"}


@pytest.mark.fault("B3")
@pytest.mark.parametrize("target", ["Condition/kept", "Condition/none"])
def test_nothing_vanishes_elsewhere_when_a_writer_refers_to_something_hidden(
    record: Record, target: str
) -> None:
    """Her reference goes into a resource that others refer to: those keep their labels."""
    middle = plan({"display": "none yet"}, id="middle")
    goal = {"resourceType": "CarePlan", "id": "outer", "status": "active", "intent": "plan",
            "subject": ALICE, "basedOn": [{"reference": "CarePlan/middle"}]}  # fmt: skip
    add(record, KEPT, middle, goal)
    level(record, "Condition/kept", 2)
    rpt = writer(record)
    before = record.get("/CarePlan?_sort=_id", rpt).get_data()
    changed = plan({"reference": target}, id="middle")
    assert record.call("PUT", "/CarePlan/middle", rpt, json=changed).status_code == 200
    assert ids(record.get("/CarePlan?_sort=_id", rpt)) == ["CarePlan/middle", "CarePlan/outer"]
    assert b"outer" in before
    assert record.get("/CarePlan/outer", other(record)).status_code == 200
    hidden = target == "Condition/kept"
    assert record.get("/CarePlan/middle", other(record)).status_code == (404 if hidden else 200)


@pytest.mark.fault("B2")
def test_pointing_at_a_file_does_not_open_it(record: Record) -> None:
    add(record, document("theirs", url="Binary/f1"), binary("f1", CANARY), binary("f2", CANARY))
    level(record, "DocumentReference/theirs", 2)
    scopes = ("patient/DocumentReference.*", "conf/N")
    both = [record.fake.permission("DocumentReference", kind, *scopes)
            for kind in ("documents", "visits")]  # fmt: skip
    rpt = record.fake.rpt(both)
    for name in ("f1", "f2"):
        made = record.call("POST", "/DocumentReference", rpt,
                           json=without_id(document("x", url=f"Binary/{name}")))  # fmt: skip
        path_of(made)
        assert record.get(f"/Binary/{name}", rpt).status_code in (401, 404)
        assert (
            ids(record.get("/Patient/$everything?_type=Binary", rpt)).count(f"Binary/{name}") == 0
        )


def test_a_writers_own_file_goes_with_her_own_document(record: Record) -> None:
    rpt = record.fake.rpt(everything(record.fake, "conf/N", action="*"))
    file = path_of(record.call("POST", "/Binary", rpt, json=without_id(binary("", "A letter"))))
    path_of(record.call("POST", "/DocumentReference", rpt,
                        json=without_id(document("", url=file[1:]))))  # fmt: skip
    documents = record.rpt("DocumentReference", "documents", "conf/N")
    assert record.get(file, documents).status_code == 200


@pytest.mark.parametrize("person", ["Practitioner/unseen", "Practitioner/nobody"])
def test_naming_a_person_does_not_show_whom_only_hidden_records_name(
    record: Record, person: str
) -> None:
    rpt = writer(record)
    sent = without_id(observation("", "Sodium", performer=[{"reference": person}]))
    path = path_of(record.call("POST", "/Observation", rpt, json=sent))
    assert record.get(f"/{person}", rpt).status_code == 404
    found = record.get(f"/Observation?_id={path.rpartition('/')[2]}", rpt)
    assert ids(found, "include") == []
    assert record.get("/Practitioner/bob", rpt).status_code == 200


@pytest.mark.fault("B12")
@pytest.mark.parametrize("there", [True, False], ids=["hidden", "absent"])
def test_a_borrowed_identifier_opens_nobodys_words(record: Record, there: bool) -> None:
    if there:
        add(record, KEPT)
        level(record, "Condition/kept", 2)
    by_name = {"identifier": KEPT["identifier"][0], "display": f"{CANARY} Clade B"}
    add(
        record,
        observation("o-8", "Sodium", extension=[{"url": "urn:x", "valueReference": by_name}]),
    )
    rpt = writer(record)
    assert CANARY not in record.get("/Observation/o-8", rpt).get_data(as_text=True)
    mine = without_id(condition("", "Sprain", identifier=KEPT["identifier"]))
    path_of(record.call("POST", "/Condition", rpt, json=mine))
    for token in (rpt, other(record), reader(record)):
        assert CANARY not in record.get("/Observation/o-8", token).get_data(as_text=True)


@pytest.mark.attack("P-1")
def test_trying_identifiers_does_not_show_which_one_is_cut(record: Record) -> None:
    """She gives what she writes the identifier that she suspects, and looks for what follows."""
    by_name = {"identifier": {"system": "urn:s", "value": "k-7"}, "display": CANARY}
    add(record, plan(by_name, id="o-6"))
    rpt = writer(record)
    before = record.get("/CarePlan/o-6", rpt).get_data()
    for value in ("k-7", "k-8"):
        mine = without_id(
            condition("", "Sprain", identifier=[{"system": "urn:s", "value": value}])
        ) | {"note": [{"text": "Known HIV positive"}]}  # fmt: skip
        plain = {name: part for name, part in mine.items() if name != "note"}
        seen = path_of(record.call("POST", "/Condition", rpt, json=plain))
        path_of(record.call("POST", "/Condition", rpt, json=mine))
        assert record.get("/CarePlan/o-6", rpt).get_data() == before
        for path in (f"/CarePlan?condition={seen[1:]}",
                     f"/Condition?_id={seen[11:]}&_revinclude=CarePlan:condition",
                     "/CarePlan?_id=o-6&_include=CarePlan:condition",
                     f"/CarePlan?condition.identifier={value}"):  # fmt: skip
            answer = record.get(path, rpt)
            found = {*ids(answer), *ids(answer, "include")} - {seen[1:]}
            assert found == ({"CarePlan/o-6"} if "_id=o-6" in path else set()), path
        own = without_id(plan({"identifier": {"system": "urn:s", "value": value}}))
        made = path_of(record.call("POST", "/CarePlan", rpt, json=own))
        assert made[1:] in ids(record.get(f"/CarePlan?condition={seen[1:]}", rpt))


@pytest.mark.attack("P-1")
def test_a_borrowed_identifier_opens_no_contained_copy(record: Record) -> None:
    copy = {"resourceType": "Condition", "id": "k", "subject": ALICE,
            "identifier": KEPT["identifier"], "code": {"text": f"{CANARY} a copy"}}  # fmt: skip
    add(record, KEPT | {"code": {"text": "Sprain"}}, observation("o-5", "Sodium", contained=[copy]))
    level(record, "Condition/kept", 2)
    rpt = writer(record)
    assert CANARY not in record.get("/Observation/o-5", rpt).get_data(as_text=True)
    mine = without_id(condition("", "Sprain", identifier=KEPT["identifier"]))
    path_of(record.call("POST", "/Condition", rpt, json=mine))
    assert CANARY not in record.get("/Observation/o-5", rpt).get_data(as_text=True)


def test_a_level_set_by_the_owner_binds_the_writer_too(record: Record) -> None:
    rpt = writer(record)
    path = path_of(record.call("POST", "/Observation", rpt,
                               json=without_id(observation("", "Sodium"))))  # fmt: skip
    with writing(record.site.app.engine) as connection:
        levels.set_levels(connection, RECORD, [path[1:]], 2)
    assert record.get(path, rpt).status_code == 404
    assert json.loads(record.get(path, record.fake.owner_token()).get_data())["id"]


# What lies between: something that she is not shown, and that something she is shown refers to.


def _between(record: Record, *, of: dict[str, Any], hidden: bool) -> list[str]:
    """A plan that she sees, and what it leads to: `of`, hidden from her or not there at all."""
    about = {"reference": f"{of['resourceType']}/{of['id']}"}
    shown = plan({"display": "x"}, id="shown", supportingInfo=[about])
    add(record, shown, *([of] if hidden else []))
    if hidden:
        level(record, about["reference"], 2)
    return ["/CarePlan/shown", "/CarePlan?_sort=_id", "/Patient/$everything?_type=CarePlan"]


def _drug(name: str) -> dict[str, Any]:
    return {"resourceType": "MedicationRequest", "id": "drug", "status": "active",
            "intent": "order", "subject": ALICE,
            "medicationCodeableConcept": {"text": name}}  # fmt: skip


@pytest.mark.fault("B4")
@pytest.mark.parametrize("hidden", [True, False], ids=["hidden", "absent"])
def test_evidence_that_she_writes_does_not_show_what_a_hidden_drug_is_for(
    record: Record, hidden: bool
) -> None:
    paths = _between(record, of=_drug("Sertraline 50 mg"), hidden=hidden)
    rpt = writer(record)
    before = [record.get(path, rpt).get_data() for path in paths]
    assert b'"shown"' in before[0]
    for text in ("Major depressive disorder", "Quetiapine 25 mg"):
        path_of(record.call("POST", "/Condition", rpt, json=without_id(condition("", text))))
    assert [record.get(path, rpt).get_data() for path in paths] == before
    if hidden:
        with writing(record.site.app.engine) as connection:
            levels.set_levels(connection, RECORD, ["MedicationRequest/drug"], 0)
        # The drug itself is what the evidence makes of it, for everybody.
        assert record.get("/MedicationRequest/drug", other(record)).status_code == 404
        assert record.get("/MedicationRequest/drug", other(record, "sens/MH")).status_code == 200


@pytest.mark.fault("B3")
@pytest.mark.parametrize("hidden", [True, False], ids=["hidden", "absent"])
def test_a_topic_that_she_writes_does_not_show_what_refers_to_it(
    record: Record, hidden: bool
) -> None:
    """She makes a diagnosis private, or a visit one of a psychiatrist: who follows is not told."""
    at_visit = {**_drug("Vitamin"), "encounter": {"reference": "Encounter/e8"},
                "reasonReference": [{"reference": "Condition/c1"}]}  # fmt: skip
    visit = {"resourceType": "Encounter", "id": "e8", "status": "finished", "subject": ALICE,
             "class": {"code": "AMB"}}  # fmt: skip
    add(record, visit)
    paths = _between(record, of=at_visit, hidden=hidden)
    rpt = writer(record)
    before = [record.get(path, rpt).get_data() for path in paths]
    assert b'"shown"' in before[0]
    for sent in (
        visit | {"serviceType": {"text": "Addiction medicine"}},
        condition("c1", "Diabetes", note=[{"text": "Known HIV positive"}]),
    ):
        path = f"/{sent['resourceType']}/{sent['id']}"
        assert record.call("PUT", path, rpt, json=sent).status_code == 200
        assert [record.get(each, rpt).get_data() for each in paths] == before, path
    assert record.get("/Condition/c1", other(record)).status_code == 404


@pytest.mark.fault("B2")
@pytest.mark.parametrize("hidden", [True, False], ids=["hidden", "absent"])
def test_a_file_secured_by_something_hidden_is_like_one_secured_by_nothing(
    record: Record, hidden: bool
) -> None:
    if hidden:
        add(record, KEPT)
        level(record, "Condition/kept", 2)
    rpt = record.fake.rpt(everything(record.fake, "conf/N", action="*"))
    sent = without_id(binary("", "A letter", securityContext={"reference": "Condition/kept"}))
    file = path_of(record.call("POST", "/Binary", rpt, json=sent))
    path_of(record.call("POST", "/DocumentReference", rpt,
                        json=without_id(document("", url=file[1:]))))  # fmt: skip
    assert record.get(file, rpt).status_code == 404
    assert record.get(file, record.fake.owner_token()).status_code == 200


@pytest.mark.fault("B11")
@pytest.mark.parametrize("there", [True, False], ids=["there", "absent"])
def test_an_identifier_of_somebody_unseen_keeps_no_words(record: Record, there: bool) -> None:
    """Whether a person has that number is not to be read off the words beside it."""
    if there:
        add(record, {"resourceType": "Practitioner", "id": "npi",
                     "identifier": [{"system": "urn:n", "value": "7"}]})  # fmt: skip
    named = {"identifier": {"system": "urn:n", "value": "7"}, "display": "somebody"}
    rpt = writer(record)
    sent = without_id(
        observation("", "Sodium", extension=[{"url": "urn:x", "valueReference": named}])
    )
    path = path_of(record.call("POST", "/Observation", rpt, json=sent))
    assert "somebody" not in record.get(path, other(record)).get_data(as_text=True)
