"""A short plain name for a record, for the owner's own pages (`$records`, `$preview`)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

MAX_TITLE = 120
_NAMED = [
    "code",
    "medicationCodeableConcept",
    "vaccineCode",
    "type",
    "description",
    "serviceType",
    "class",
    "category",
    "productOrService",
    "topic",
    "reasonCode",
    "scope",
]


def concept_text(value: Any) -> str:
    """The words of a CodeableConcept, a Coding, a reference, a list of them, or a plain string."""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return next(filter(None, map(concept_text, value)), "")
    if isinstance(value, Mapping):
        for name in ("text", "display"):
            if isinstance(value.get(name), str) and value[name].strip():
                return str(value[name])
        return concept_text(value["coding"]) if "coding" in value else ""
    return ""


def _number(value: Any) -> str:
    # R4, decimal: 8.0 says more than 8, so what was written stays.
    return str(value)


def _measured(resource: Mapping[str, Any]) -> str:
    quantity = resource.get("valueQuantity")
    if isinstance(quantity, Mapping) and "value" in quantity:
        unit = quantity.get("unit") or quantity.get("code") or ""
        return f" {_number(quantity['value'])} {unit}".rstrip()
    parts = [
        part["valueQuantity"]["value"]
        for part in resource.get("component") or ()
        if isinstance(part, Mapping)
        and isinstance(part.get("valueQuantity"), Mapping)
        and "value" in part["valueQuantity"]
    ]
    return " " + "/".join(map(_number, parts)) if len(parts) == 2 else ""


def person_name(resource: Mapping[str, Any]) -> str:
    """The name of a Patient or another person, as one line."""
    names = resource.get("name")
    for name in names if isinstance(names, list) else [names]:
        if isinstance(name, str):
            return name
        if isinstance(name, Mapping):
            if isinstance(name.get("text"), str):
                return str(name["text"])
            parts = name.get("given")
            given = [g for g in parts if isinstance(g, str)] if isinstance(parts, list) else []
            family = name.get("family")
            words = [*given, family] if isinstance(family, str) else given
            if words:
                return " ".join(words)
    return ""


def title_of(resource: Mapping[str, Any]) -> str:
    """A short plain name; never empty.

    >>> title_of({"resourceType": "Condition", "code": {"text": "Latex: rash"}})
    'Latex: rash'
    """
    type_ = str(resource.get("resourceType"))
    if type_ == "Patient":
        return "Name, birth date, contact details"
    words = person_name(resource)
    for name in () if words else _NAMED:
        words = concept_text(resource.get(name))
        if words:
            break
    if not words:
        words = concept_text(resource.get("medicationReference")) or str(resource.get("title", ""))
    if type_ == "Observation":
        words += _measured(resource)
    words = " ".join(words.split()) or type_
    return words if len(words) <= MAX_TITLE else words[: MAX_TITLE - 1] + "…"
