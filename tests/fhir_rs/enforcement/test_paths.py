"""What a path of a search parameter finds in a resource."""

from __future__ import annotations

from typing import Any

import pytest

from fhir_rs.enforcement.indexing import index_rows
from fhir_rs.enforcement.path_tree import Looks, planted, walked


def values_at(value: dict[str, Any], path: str) -> list[Any]:
    return [found for _, found in walked(value, planted([(path, Looks("any"))]))]


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
    assert values_at(PATIENT, path) == found


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
    found = values_at({"subject": reference}, "subject[Patient]")
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
    rows = index_rows({"resourceType": "Patient", **resource})
    assert [row.value for row in rows if row.param == "deceased"] == [str(there).lower()]
    active = index_rows({"resourceType": "Patient", "active": False})
    assert [row.value for row in active if row.param == "active"] == ["false"]


def test_paths_that_share_their_beginning_are_walked_as_one() -> None:
    paths = ("name.given", "name.family", "name", "telecom[system=email]", "telecom")
    tree = planted((path, Looks(path)) for path in paths)
    found = walked(PATIENT, tree)
    assert sorted(looks.name for looks, _ in found) == sorted(
        [*["name.given"] * 3, "name.family", *["name"] * 2, "telecom[system=email]",
         *["telecom"] * 2]
    )  # fmt: skip
    assert len(tree["name"]) == 1 and len(tree["telecom"]) == 2
