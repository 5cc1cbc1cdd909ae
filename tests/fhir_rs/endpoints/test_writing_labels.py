"""What a written code means is known in every spelling of its system before anybody reads it."""

from __future__ import annotations

import pytest

from tests.fhir_rs.endpoints.conftest import Record
from tests.fhir_rs.endpoints.test_writing import writer
from tests.fhir_rs.store import condition

HIV = [
    ("http://hl7.org/fhir/sid/icd-9-cm", "042"),
    ("http://fhir.de/CodeSystem/bfarm/icd-10-gm", "B20"),
    ("http://hl7.org/fhir/sid/icd-10", "B24"),
    ("http://snomed.info/sct/", "86406008"),
    ("https://snomed.info/sct/731000124108/version/20260301", "86406008"),
]


@pytest.mark.fault("3.25")
@pytest.mark.parametrize(("system", "code"), HIV)
def test_a_code_is_labelled_in_every_spelling(record: Record, system: str, code: str) -> None:
    rpt = writer(record)
    coded = {"coding": [{"system": system, "code": code}]}
    answer = record.call("POST", "/Condition", rpt, json=condition("x", "") | {"code": coded})
    assert answer.status_code == 201
    path = answer.headers["Location"].split("0123456789", 1)[1].partition("/_history")[0]
    kept = record.get(path, record.fake.owner_token()).get_json()
    assert "HIV" in {mark["code"] for mark in kept["meta"]["security"]}
