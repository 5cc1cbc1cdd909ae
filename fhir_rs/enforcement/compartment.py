"""Whose record a resource belongs to (R4 Patient compartment); a focus never confers it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fhir_rs.enforcement.facts import Facts
from fhir_rs.enforcement.owning import owner_key, owner_reference
from fhir_rs.enforcement.references import key_of_literal


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
