"""A search as it is understood: kinds by category, errors by parameter, criteria of a condition."""

from __future__ import annotations

from itertools import permutations

import pytest

from fhir_rs.enforcement import query
from fhir_rs.enforcement.kinds import kind_of, kinds_by_category, kinds_of
from fhir_rs.enforcement.query import parse_search
from fhir_rs.enforcement.resource_types import RESOURCE_TYPES
from fhir_rs.enforcement.search_parameters import DATE, parameters_of
from fhir_rs.enforcement.search_values import QueryError


@pytest.mark.fault("B5")
def test_a_category_narrows_no_kind_that_a_match_could_have() -> None:
    codes = ["exam", "vital-signs", "18842-5", "LP29684-5", "clinical-note", "", "34117-2"]
    for type_ in ["Observation", "DiagnosticReport", "DocumentReference", "Condition", "List"]:
        for one, other in permutations(codes, 2):
            resource = {
                "resourceType": type_,
                "category": [{"coding": [{"code": one}, {"code": other}]}],
            }
            assert kind_of(resource) in kinds_by_category(type_, {one})
            assert kind_of(resource) in kinds_by_category(type_, {one, other})
    assert kinds_by_category("Observation", {"vital-signs"}) == {"vitals"}
    assert kinds_by_category("Observation", {"exam"}) == set(kinds_of("Observation"))


@pytest.mark.fault("B24")
@pytest.mark.parametrize("type_", sorted(RESOURCE_TYPES))
def test_every_parameter_says_what_is_wrong_with_its_value(type_: str) -> None:
    for name, parameter in parameters_of(type_).items():
        bad = ["", ",", "a,", "a," * 250 + "a", "x" * 1001, "a\x00b"]
        bad += ["yesterday", "2024-13-01"] if parameter.type == DATE else []
        bad += ["|", "a|b|c"] if parameter.type == "token" else []
        bad += ["\u0301"] if parameter.type == "string" else []
        for value in bad:
            with pytest.raises(QueryError) as error:
                parse_search(type_, [(name, value)])
            assert repr(name) in str(error.value), (name, value)
            assert "unknown or" not in str(error.value)


NO_CRITERIA = [
    "", " ", "?", "&", "_format=json", "_count=1", "_sort=date", "_total=none", "_summary=count",
    "kind=results", "_pretty=true&_count=5", "identifier=", "identifier=|", "code=,",
    "family=%CC%81", "identifier=urn:u|Über", "identifier=urn:u|Ã\x9cber",
    "identifier=urn:u|%FFber", "nope=x", "code:in=x", "Observation?code=x",
    "_include=Observation:subject&code=x", "_cursor=x&code=x", "_elements=id&code=x",
    "_id=", "identifier",
]  # fmt: skip


@pytest.mark.parametrize("header", NO_CRITERIA)
def test_criteria_that_are_not_understood_are_refused(header: str) -> None:
    with pytest.raises(QueryError):
        query.conditional_criteria("Patient" if "family" in header else "Observation", header)


@pytest.mark.parametrize(
    ("header", "values"),
    [
        ("identifier=urn:u|x", ["x"]),
        ("?identifier=urn:u%7C%C3%9Cber", ["Über"]),
        ("code=a,b&_format=json&_count=1", ["a", "b"]),
        ("identifier=a+b", ["a b"]),
    ],
)
def test_criteria_that_are_understood(header: str, values: list[str]) -> None:
    found = query.conditional_criteria("Observation", header)
    assert found is not None and [v.text for v in found.criteria[0].values] == values
    # How results would be shown says nothing about what is meant.
    assert (found.count, found.only_count) == (100, False)
    assert query.conditional_criteria("Observation", None) is None
