"""What a path of a search parameter finds in a resource."""

from __future__ import annotations

from typing import Any

import pytest

from fhir_rs.enforcement.paths import is_there, values_at

PATIENT = {
    "resourceType": "Patient",
    "telecom": [{"system": "email", "value": "a@x"}, {"system": "phone", "value": "1"}],
    "name": [{"family": "Roe", "given": ["Ann", "Bea"]}, {"given": ["Cy"]}],
}


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("telecom[system=email]", [{"system": "email", "value": "a@x"}]),
        ("name.given", ["Ann", "Bea", "Cy"]),
        ("name.given.more", []),
        ("nothing", []),
    ],
)
def test_lists_are_walked_and_conditions_asked(path: str, found: list[Any]) -> None:
    assert list(values_at(PATIENT, path)) == found


@pytest.mark.parametrize(
    ("reference", "taken"),
    [
        ({"reference": "Patient/a"}, True),
        ({"reference": "Group/a"}, False),
        ({"reference": "urn:uuid:5b1b8e2c-0000-4000-8000-000000000000"}, True),
        ({"reference": "a"}, True),
        ({"type": "Group", "identifier": {"value": "1"}}, False),
        ({"type": "Patient", "identifier": {"value": "1"}}, True),
        ({"identifier": {"value": "1"}}, True),
        ("Patient/a", False),
    ],
)
def test_a_reference_to_a_type_is_one_that_does_not_name_another(
    reference: Any, taken: bool
) -> None:
    found = list(values_at({"subject": reference}, "subject[Patient]"))
    assert bool(found) is taken


@pytest.mark.parametrize(
    ("resource", "there"),
    [
        ({}, False),
        ({"deceasedBoolean": False}, False),
        ({"deceasedBoolean": True}, True),
        ({"deceasedDateTime": "2024"}, True),
    ],
)
def test_what_is_there_and_not_false(resource: dict[str, Any], there: bool) -> None:
    paths = ("deceasedBoolean?", "deceasedDateTime?")
    assert is_there({"resourceType": "Patient", **resource}, paths) is there
    assert is_there(resource, ("active",)) is None
