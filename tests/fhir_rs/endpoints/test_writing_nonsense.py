"""JSON that is no resource is refused with one clear answer, whatever is asked of it first."""

from __future__ import annotations

from typing import Any

import pytest

from tests.fhir_rs.endpoints.conftest import Record
from tests.fhir_rs.endpoints.test_writing import body, writer
from tests.fhir_rs.store import observation

NONSENSE: list[Any] = [5, 0.5, True, "x", None, [5], [[5]], [None], {"code": 5}, [{"code": []}]]
CATEGORIES = [
    *NONSENSE,
    *([{"coding": value}] for value in NONSENSE),
    *([{"coding": [{"code": value}]}] for value in NONSENSE if value != "x"),
]
MEMBERS = ("code", "subject", "meta", "text", "contained", "extension", "component", "encounter")


@pytest.mark.fault("A12")
def test_a_resource_with_nonsense_in_it_is_400(record: Record) -> None:
    rpt = writer(record)
    for more in (
        *({"category": value} for value in CATEGORIES),
        *({member: value} for member in MEMBERS for value in NONSENSE),
    ):
        kept = observation("a1", "HbA1c") | more
        made = record.call("POST", "/Observation", rpt, json=body(**more))
        changed = record.call("PUT", "/Observation/a1", rpt, json=kept)
        for answer in (made, changed):
            assert answer.status_code == 400, more
            assert answer.get_json()["resourceType"] == "OperationOutcome"
