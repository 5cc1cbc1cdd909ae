"""The first problem of a resource among those that the validating library does not see."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from fhir_rs.enforcement.narrative import problem_of as problem_of_narrative
from fhir_rs.enforcement.resource_types import RESOURCE_TYPES
from fhir_rs.validation.shapes import REFERENCE, RESOURCE, Expected, expected_of

_RELATIVE = re.compile(
    r"([A-Z][A-Za-z]+)/[A-Za-z0-9\-.]{1,64}(?:/_history/[A-Za-z0-9\-.]{1,64})?\Z"
)
Problem = tuple[str, str]
"""Where, relative to the object that was looked at, and what."""


def problem_of(value: Mapping[str, Any], shape: str) -> Problem | None:
    """The first problem of an object. Paths are put together only on the way back from one."""
    members = expected_of(shape)
    for name, inner in value.items():
        expected = members.get(name)
        if expected is None or name == "resourceType":
            continue  # the library itself refuses unknown elements
        if isinstance(inner, list):
            found = _list_problem(inner, expected, name)
        elif inner is None:
            found = ("", "is null")
        elif expected.repeats and not name.startswith("_"):
            found = ("", "must be a list")
        else:
            found = _value_problem(inner, expected, name)
        if found is not None:
            return f".{name}{found[0]}", found[1]
    return None


def _list_problem(items: list[Any], expected: Expected, name: str) -> Problem | None:
    primitive = name.startswith("_")
    if not (expected.repeats or primitive):
        return "", "must not be a list"
    if not items:
        return "", "is an empty list"
    for item in items:
        if item is None:
            # Only a list of primitive values may have gaps, for extensions (R4 json 2.1.2).
            found = ("", "holds a null") if dict in expected.json and not primitive else None
        else:
            found = _value_problem(item, expected, name)
        if found is not None:
            return found
    return None


def _value_problem(item: Any, expected: Expected, name: str) -> Problem | None:
    if name.startswith("_"):
        return None  # the library checks the extensions of primitive values
    if not isinstance(item, expected.json) or (item is True or item is False) is not (
        bool in expected.json
    ):
        wanted = "/".join(type_.__name__ for type_ in expected.json)
        return "", f"has the wrong JSON type ({wanted} is needed)"
    if expected.shape is not None and isinstance(item, dict):
        return _nested_problem(item, expected)
    if expected.codes is not None and item not in expected.codes:
        return "", "is not one of the codes that R4 allows there"
    reason = problem_of_narrative(item) if expected.xhtml and isinstance(item, str) else None
    return None if reason is None else ("", reason)


def _nested_problem(item: dict[str, Any], expected: Expected) -> Problem | None:
    shape = expected.shape or ""
    if shape == RESOURCE:
        shape = str(item.get("resourceType"))
        if shape not in RESOURCE_TYPES:
            return "", "holds a resource without a known resourceType"
    if expected.targets is not None and shape == REFERENCE:
        match = _RELATIVE.match(str(item.get("reference")))
        if match and match[1] not in expected.targets:
            return "", f"must not refer to a {match[1]}"
    return problem_of(item, shape)
