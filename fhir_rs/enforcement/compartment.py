"""Whose record a resource belongs to (R4 Patient compartment); a focus never confers it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from fhir_rs.enforcement.facts import Facts
from fhir_rs.enforcement.references import key_of, key_of_literal
from fhir_rs.enforcement.search_parameters import parameters_of
from fhir_rs.enforcement.tables import shapes

_ONLY_A_PATIENT = re.compile(r"Reference\*?:Patient")
# What HL7 calls those that a resource is about; `deliverTo`, `actor` and the like take part.
_ABOUT = frozenset({"subject", "for"})


@cache
def owning(type_: str) -> tuple[str, ...]:
    """The members of a type that say whose it is: what its `patient` or `subject` parameter reads.

    One that can name somebody else as well counts only where it says what the resource is about.
    """
    parameters, shape = parameters_of(type_), shapes().get(type_, {})
    searched = parameters.get("patient") or parameters.get("subject")
    paths = searched.paths if searched else ()
    members = [path.partition("[")[0] for path in paths if "." not in path]
    return tuple(m for m in members if m in _ABOUT or _ONLY_A_PATIENT.fullmatch(shape[m]))


def patient_address(reference: str, bases: Sequence[str] = ()) -> str | None:
    """`Patient/x` of a literal reference to a Patient, wherever that Patient is kept, else None.

    An address at another server counts too: an import has to know whose a resource is before the
    reference is rewritten.
    """
    key = key_of_literal(reference, bases)
    if key.startswith("Patient/"):
        return key
    head, found, rest = key.rpartition("/Patient/")
    local = key_of_literal(f"Patient/{rest}") if found and "://" in head else ""
    return local if local.startswith("Patient/") else None


def _references(value: Any) -> Iterator[Mapping[str, Any]]:
    for item in value if isinstance(value, list) else [value]:
        if isinstance(item, Mapping) and ("reference" in item or "identifier" in item):
            yield item


def _owning(resource: Mapping[str, Any]) -> Mapping[str, Any] | None:
    for name in owning(str(resource.get("resourceType"))):
        for reference in _references(resource.get(name)):
            return reference
    return None


def owner_key(resource: Mapping[str, Any], bases: Sequence[str] = ()) -> str | None:
    """The key of the reference that says whose a resource is; None when nothing says it."""
    reference = _owning(resource)
    return None if reference is None else key_of(reference, bases, ("Patient",))


def owner_reference(resource: Mapping[str, Any]) -> str | None:
    """The literal reference that says whose a resource is, as written; None when there is none."""
    reference = _owning(resource)
    written = None if reference is None else reference.get("reference")
    return written if isinstance(written, str) else None


def owners(resource: Mapping[str, Any], facts: Facts, bases: Sequence[str] = ()) -> set[str]:
    """The Patients (as `Patient/id`) a resource belongs to.

    A Patient belongs to itself. Without an owning element, any Patient the resource mentions:
    one is the owner, several mean that it is nobody's.
    """
    if resource.get("resourceType") == "Patient":
        return {f"Patient/{resource.get('id')}"}
    reference = owner_reference(resource)
    address = patient_address(reference, bases) if reference else None
    if address:
        return {address}
    if reference is not None:
        return set()
    written = (found.value.get("reference") for found in facts.references)
    found = (patient_address(each, bases) for each in written if isinstance(each, str))
    return {address for address in found if address}


def foreign_owner(
    contained: Mapping[str, Any], holder: Mapping[str, Any], bases: Sequence[str]
) -> bool:
    """True when a contained resource says that it is about another patient than its holder is."""
    key = owner_key(contained, bases)
    if key is None or key.startswith("#"):
        return False
    own = owner_key(holder, bases)
    if holder.get("resourceType") == "Patient":
        own = f"Patient/{holder.get('id')}"
    return own is not None and not own.startswith("#") and key != own
