"""kind_of is total, and each type has the kind its owner would look for."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fhir_rs.enforcement.catalogue import SLICES
from fhir_rs.enforcement.kinds import DIRECTORY, kind_of, kinds_by_category, kinds_of, slot_of
from fhir_rs.enforcement.resource_types import RESOURCE_TYPES
from heart_uma.kinds import DIRECTORY_TYPES, KIND_NAMES


def categorised(type_: str, *codes: str) -> dict[str, Any]:
    return {"resourceType": type_, "category": [{"coding": [{"code": c}]} for c in codes]}


@pytest.mark.parametrize(
    ("resource", "kind"),
    [
        ({"resourceType": "Patient"}, "about"),
        ({"resourceType": "FamilyMemberHistory"}, "conditions"),
        ({"resourceType": "MedicationDispense"}, "medicines"),
        ({"resourceType": "Observation"}, "results"),
        (categorised("Observation", "laboratory"), "results"),
        (categorised("Observation", "vital-signs"), "vitals"),
        (categorised("Observation", "survey", "vital-signs"), "vitals"),
        (categorised("DiagnosticReport", "LAB"), "results"),
        (categorised("DiagnosticReport", "LP29684-5"), "results"),
        (categorised("DiagnosticReport", "34117-2"), "documents"),
        ({"resourceType": "DocumentReference"}, "documents"),
        (categorised("DocumentReference", "clinical-note"), "visits"),
        ({"resourceType": "Consent"}, "documents"),
        ({"resourceType": "ServiceRequest"}, "plans"),
        ({"resourceType": "Coverage"}, "bills"),
        ({"resourceType": "Practitioner"}, DIRECTORY),
        ({"resourceType": "Medication"}, DIRECTORY),
        ({"resourceType": "Questionnaire"}, "other"),
        ({"resourceType": "NotEvenFhir"}, "other"),
        ({}, "other"),
        ({"resourceType": "Observation", "category": "broken"}, "results"),
        ({"resourceType": "Observation", "category": [None, {"coding": [1]}]}, "results"),
    ],
)
@pytest.mark.spec("DESIGN 8")
def test_kinds(resource: dict[str, Any], kind: str) -> None:
    assert kind_of(resource) == kind


def test_every_type_has_a_kind_that_is_registered() -> None:
    slots = {slot_of(type_, kind) for type_, kind in SLICES}
    for type_ in RESOURCE_TYPES:
        assert kind_of({"resourceType": type_}) in kinds_of(type_)
        for kind in kinds_of(type_):
            assert (kind == DIRECTORY) == (type_ in DIRECTORY_TYPES)
            assert kind == DIRECTORY or (kind in KIND_NAMES and slot_of(type_, kind) in slots)


def test_a_category_in_the_request_names_the_kinds() -> None:
    assert kinds_by_category("Observation", {"vital-signs"}) == {"vitals"}
    assert kinds_by_category("Observation", {"vital-signs", "laboratory"}) == {"vitals", "results"}
    assert kinds_by_category("DocumentReference", {"clinical-note"}) == {"visits"}


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["coding", "code", "system", "x"]), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(st.sampled_from(sorted(RESOURCE_TYPES)) | _JSON, _JSON)
def test_any_json_has_a_kind(type_: Any, category: Any) -> None:
    kind = kind_of({"resourceType": type_, "category": category})
    assert kind in KIND_NAMES or kind in (DIRECTORY, "other")
