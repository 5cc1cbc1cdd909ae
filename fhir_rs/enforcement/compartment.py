"""Whose record a resource belongs to (R4 Patient compartment); a focus never confers it (FH-13)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from fhir_rs.enforcement.facts import Facts

# In the order in which they decide; `focus`, `recipient` and the like say nothing about ownership.
_OWNING = ("patient", "subject", "beneficiary", "individual", "for", "subscriber")
_PATIENT = re.compile(r"(?:.*/)?(Patient/[A-Za-z0-9.\-]{1,64})(?:/_history/[^/]+)?", re.ASCII)


def patient_address(reference: str) -> str | None:
    """`Patient/x` of a relative or absolute reference to a Patient, else None."""
    match = _PATIENT.fullmatch(reference)
    return match[1] if match else None


def _references(value: Any) -> Iterator[str]:
    for item in value if isinstance(value, list) else [value]:
        if isinstance(item, Mapping) and isinstance(item.get("reference"), str):
            yield item["reference"]


def owner_reference(resource: Mapping[str, Any]) -> str | None:
    """The reference that says whose a resource is, as written; None when nothing says it."""
    for name in _OWNING:
        for reference in _references(resource.get(name)):
            return reference
    return None


def owners(resource: Mapping[str, Any], facts: Facts) -> set[str]:
    """The Patients (as `Patient/id`) a resource belongs to.

    A Patient belongs to itself. Without an owning element, any Patient the resource mentions:
    one is the owner, several mean that it is nobody's.
    """
    if resource.get("resourceType") == "Patient":
        return {f"Patient/{resource.get('id')}"}
    reference = owner_reference(resource)
    address = patient_address(reference) if reference else None
    if address:
        return {address}
    if reference is not None:
        return set()
    return {a for a in (patient_address(found.target) for found in facts.references) if a}
