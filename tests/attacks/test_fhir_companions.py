"""What goes with another resource: files and their versions, contained copies, who is named."""

from __future__ import annotations

import pytest
from sqlalchemy import insert, update
from sqlmodel import col

from fhir_rs.db import writing
from fhir_rs.models import storing
from fhir_rs.models.resource import Resource, ResourceVersion
from heart_uma.label_systems import CONFIDENTIALITY_SYSTEM
from heart_uma.travelling_labels import TRAVELLING
from tests.attacks.fhir_record import ALICE, CANARY, reader, record, settled
from tests.attacks.test_fhir_withheld import add, binary, document, plan
from tests.fhir_rs.endpoints.conftest import Record, ids
from tests.fhir_rs.protected import RECORD, bare, fake, site
from tests.fhir_rs.store import coded, everything

__all__ = ["bare", "fake", "record", "settled", "site"]


@pytest.mark.attack("FH-26")
@pytest.mark.parametrize("hidden", ["sent as restricted", "not dated"])
def test_a_file_of_two_documents_is_withheld_with_either(record: Record, hidden: str) -> None:
    """How confidential a document is does not travel, nor does its day."""
    shown = document("two-1", url="Binary/of-two") | {"date": "2024-01-02T00:00:00Z"}
    other = document("two-2", url="Binary/of-two")
    if hidden == "sent as restricted":
        other["date"] = shown["date"]
        other["meta"] = {"security": [{"system": CONFIDENTIALITY_SYSTEM, "code": "R"}]}
    add(record, shown, other, binary("of-two", CANARY))
    rpt = record.fake.rpt(everything(record.fake, "conf/N", since="2020-01-01"))
    assert record.get("/DocumentReference/two-1", rpt).status_code == 200
    assert record.get("/DocumentReference/two-2", rpt).status_code == 404
    assert record.get("/Binary/of-two", rpt).status_code == 404


@pytest.mark.attack("P-1")
@pytest.mark.parametrize("address", ["Binary/f-1", "Practitioner/bob"])
def test_an_old_version_of_a_file_or_a_person_has_its_own_labels(
    record: Record, address: str
) -> None:
    add(record, document("d-1", url="Binary/f-1"), binary("f-1", "A letter"))
    rpt = reader(record)
    assert record.get(f"/{address}", rpt).status_code == 200
    with writing(record.site.app.engine) as connection:
        row = storing.find(connection, RECORD, address)
        assert row is not None
        values = {name: getattr(row, name) for name in ("slot", "updated", "body", "cuts")}
        old = {**values, "record": RECORD, "resource": row.pk, "version": 1, "labels": TRAVELLING}
        connection.execute(insert(ResourceVersion).values(old))
        connection.execute(update(Resource).where(col(Resource.pk) == row.pk).values(version=2))
    assert record.get(f"/{address}/_history/2", rpt).status_code == 200
    assert record.get(f"/{address}/_history/1", rpt).status_code == 404
    assert record.get(f"/{address}/_history", rpt).get_json()["total"] == 1
    owner = record.fake.owner_token()
    assert record.get(f"/{address}/_history", owner).get_json()["total"] == 2


@pytest.mark.attack("P-1")
def test_what_else_is_on_a_page_does_not_decide_about_a_contained_copy(record: Record) -> None:
    """Else one would read off it which identifier was cut out of another resource."""
    name = {"system": "urn:s", "value": "of-nobody"}
    copy = {"resourceType": "Condition", "id": "k", "subject": ALICE, "identifier": [name],
            "code": coded("Gout")}  # fmt: skip
    naming = plan({"type": "Condition", "identifier": name, "display": CANARY}, id="naming")
    add(record, plan({"display": "x"}, id="copied", contained=[copy]), naming)
    for path in ("/CarePlan/copied", "/CarePlan?_id=copied", "/CarePlan?_id=copied,naming"):
        shown = record.get(path, reader(record)).get_data(as_text=True)
        assert "Gout" in shown and CANARY not in shown, path


@pytest.mark.attack("P-1")
def test_what_is_contained_makes_nobody_visible(record: Record) -> None:
    """Who wrote a diagnosis that is cut out of a prescription is part of what is cut."""
    gout = {"resourceType": "Condition", "id": "g", "subject": ALICE, "code": coded("Gout"),
            "recorder": {"reference": "Practitioner/unseen"}}  # fmt: skip
    add(record, {
        "resourceType": "MedicationRequest", "id": "r-8", "status": "active", "intent": "order",
        "subject": ALICE, "contained": [gout], "medicationCodeableConcept": coded("Vitamin"),
        "requester": {"reference": "Practitioner/bob"},
    })  # fmt: skip
    rpt = record.rpt("MedicationRequest", "medicines", "conf/N")
    assert record.get("/Practitioner/bob", rpt).status_code == 200
    assert record.get("/Practitioner/unseen", rpt).status_code == 404
    found = record.get("/MedicationRequest?_id=r-8", rpt)
    assert ids(found, "include") == ["Practitioner/bob"]
