"""FHIR R4 validation on write: the only file that imports fhir.resources.

The R4B models are identical to R4 for the types we keep. They are loaded when the first resource
is checked, so that a process that only reads stays small. What they accept wrongly is checked
here: types of JSON values, codes of required bindings, targets of references, unknown contained
types, what a narrative may hold, ids.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from fhir_rs.enforcement.narrative import problem_of
from fhir_rs.enforcement.resource_types import RESOURCE_TYPES
from fhir_rs.errors import Invalid

ID = re.compile(r"[A-Za-z0-9\-.]{1,64}", re.ASCII)
_OPEN_ENDED = {
    "Observation": "registered preliminary final amended corrected cancelled entered-in-error "
    "unknown",
    "DiagnosticReport": "registered partial preliminary final amended corrected appended cancelled "
    "entered-in-error unknown",
    "Encounter": "planned arrived triaged in-progress onleave finished cancelled entered-in-error "
    "unknown",
    "DetectedIssue": "registered preliminary final amended corrected cancelled entered-in-error "
    "unknown",
    "RiskAssessment": "registered preliminary final amended corrected cancelled entered-in-error "
    "unknown",
    "DeviceUseStatement": "active completed entered-in-error intended stopped on-hold",
    "SupplyRequest": "draft active suspended cancelled completed entered-in-error unknown",
    "Task": "draft requested received accepted rejected ready cancelled in-progress on-hold failed "
    "completed entered-in-error",
}
_RELATIVE = re.compile(
    r"([A-Z][A-Za-z]+)/[A-Za-z0-9\-.]{1,64}(?:/_history/[A-Za-z0-9\-.]{1,64})?\Z"
)
_JSON_TYPES: dict[str, tuple[type, ...]] = {"decimal": (int, float), "int": (int,), "bool": (bool,)}


class _Element(NamedTuple):
    """What the model says about one element: JSON type, sub-model, codes, targets, narrative."""

    json: tuple[type, ...]
    model: str | None
    codes: frozenset[str] | None
    targets: frozenset[str] | None
    repeats: bool
    xhtml: bool


def validate(resource: Mapping[str, Any]) -> None:
    """Check one resource; raise Invalid with one clear text and the element it is about."""
    type_ = resource.get("resourceType")
    if not isinstance(type_, str):
        raise Invalid("The resource has no resourceType.")
    if type_ not in RESOURCE_TYPES:
        raise Invalid(f"{type_[:64]!r} is not an R4 resource type.")
    if "id" in resource and not (isinstance(resource["id"], str) and ID.fullmatch(resource["id"])):
        raise Invalid("An id is 1 to 64 letters, digits, '-' or '.'.", expression=f"{type_}.id")
    found = _problem(resource, type_)
    if found is not None:
        path = type_ + found[0]
        raise Invalid(f"{path} {found[1]}.", expression=path)
    _check_model(resource, type_)


def _check_model(resource: Mapping[str, Any], type_: str) -> None:
    # pydantic comes with the models; neither is loaded before the first write.
    from pydantic import ValidationError

    try:
        _model(type_).model_validate(resource)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        path = ".".join([type_, *(str(part) for part in first["loc"])])
        message = str(first["msg"]).split("(type=")[0].strip()
        raise Invalid(f"{path}: {message}"[:300], expression=path[:200]) from error
    except (ValueError, TypeError, KeyError, LookupError, RecursionError) as error:
        # The library raises bare exceptions for some inputs; none of them may become a 500.
        raise Invalid(f"The {type_} does not fit the R4 definition.") from error


@lru_cache(maxsize=512)
def _model(name: str) -> Any:
    from fhir.resources.R4B import get_fhir_model_class

    return get_fhir_model_class(name)


@lru_cache(maxsize=512)
def _shape(name: str) -> dict[str, _Element]:
    shape = {}
    for field_name, field in _model(name).model_fields.items():
        if field_name == "fhir_comments":
            continue
        text = str(field.annotation)
        extra = field.json_schema_extra if isinstance(field.json_schema_extra, dict) else {}
        model = re.search(r"abc\.([A-Za-z]+)Type", text)
        codes = extra.get("enum_values") if "Code()" in text else None
        if name == "CapabilityStatement" and field_name == "format":
            codes = None  # an example of MIME types, not a binding
        elif codes and "+" in codes:
            codes = _OPEN_ENDED.get(name, "").split()
        targets = extra.get("enum_reference_types")
        shape[field.alias or field_name] = _Element(
            json=_json_type(text, model is not None),
            model=model[1] if model else None,
            codes=frozenset(codes) if codes else None,
            targets=None if not targets or "Resource" in targets else frozenset(targets),
            repeats="List[" in text,
            xhtml="Xhtml" in text,
        )
    return shape


def _json_type(annotation: str, complex_: bool) -> tuple[type, ...]:
    if complex_:
        return (dict,)
    if "Decimal" in annotation:
        return _JSON_TYPES["decimal"]
    if re.search(r"\bint\b", annotation):
        return _JSON_TYPES["int"]
    if re.search(r"\bbool\b", annotation):
        return _JSON_TYPES["bool"]
    return (str,)


Problem = tuple[str, str]
"""Where, relative to the object that was looked at, and what."""


def _problem(value: Mapping[str, Any], model: str) -> Problem | None:
    """The first problem of an object. Paths are put together only on the way back from one."""
    shape = _shape(model)
    for name, inner in value.items():
        element = shape.get(name)
        if element is None or name == "resourceType":
            continue  # the model itself refuses unknown elements
        if isinstance(inner, list):
            found = _list_problem(inner, element, name)
        elif inner is None:
            found = ("", "is null")
        elif element.repeats and not name.startswith("_"):
            found = ("", "must be a list")
        else:
            found = _value_problem(inner, element, name)
        if found is not None:
            return f".{name}{found[0]}", found[1]
    return None


def _list_problem(items: list[Any], element: _Element, name: str) -> Problem | None:
    primitive = name.startswith("_")
    if not (element.repeats or primitive):
        return "", "must not be a list"
    if not items:
        return "", "is an empty list"
    for item in items:
        if item is None:
            # Only a list of primitive values may have gaps, for extensions (R4 json 2.1.2).
            found = ("", "holds a null") if dict in element.json and not primitive else None
        else:
            found = _value_problem(item, element, name)
        if found is not None:
            return found
    return None


def _value_problem(item: Any, element: _Element, name: str) -> Problem | None:
    if name.startswith("_"):
        return None  # the model checks the extensions of primitive values
    if not isinstance(item, element.json) or (item is True or item is False) is not (
        bool in element.json
    ):
        wanted = "/".join(type_.__name__ for type_ in element.json)
        return "", f"has the wrong JSON type ({wanted} is needed)"
    if element.model is not None and isinstance(item, dict):
        return _nested_problem(item, element)
    if element.codes is not None and item not in element.codes:
        return "", "is not one of the codes that R4 allows there"
    reason = problem_of(item) if element.xhtml and isinstance(item, str) else None
    return None if reason is None else ("", reason)


def _nested_problem(item: dict[str, Any], element: _Element) -> Problem | None:
    model = element.model or ""
    if model == "Resource":
        model = str(item.get("resourceType"))
        if model not in RESOURCE_TYPES:
            return "", "holds a resource without a known resourceType"
    if element.targets is not None and model == "Reference":
        match = _RELATIVE.match(str(item.get("reference")))
        if match and match[1] not in element.targets:
            return "", f"must not refer to a {match[1]}"
    return _problem(item, model)
