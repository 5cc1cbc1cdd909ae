"""What may be stored in a record: valid R4, whole, and about nobody but the record's person."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, select

from fhir_rs.enforcement.compartment import foreign_owner, owners
from fhir_rs.enforcement.facts import references_of
from fhir_rs.enforcement.owning import owner_key
from fhir_rs.enforcement.redaction import CUT_MARKS
from fhir_rs.enforcement.references import is_address
from fhir_rs.errors import Unprocessable
from fhir_rs.models.bearers import resolve
from fhir_rs.models.record import patient_of
from fhir_rs.models.visibility import RESOURCE
from fhir_rs.protection.access import Access
from fhir_rs.validation import r4
from fhir_rs.writes.body import Incoming
from heart_uma.kinds import TYPE_KINDS


def checked(connection: Connection, access: Access, new: Incoming) -> None:
    """Valid, nobody else's, and not cut down before (R4 search, SUBSETTED); else raise."""
    r4.validate(new.resource)
    meta = new.resource.get("meta")
    marks = [*meta.get("tag", ()), *meta.get("security", ())] if isinstance(meta, dict) else []
    if any(isinstance(mark, dict) and mark.get("code") in CUT_MARKS for mark in marks):
        raise Unprocessable("A resource that was cut down cannot replace the whole one.")
    if not _belongs(connection, access, new.resource):
        raise Unprocessable


def _belongs(connection: Connection, access: Access, resource: dict[str, Any]) -> bool:
    """True when a resource, with all that it contains, is about the person of this record."""
    bases = access.bases
    patient = patient_of(connection, access.record)
    contained = resource.get("contained")
    for one in contained if isinstance(contained, list) else ():
        if isinstance(one, dict) and foreign_owner(one, resource, bases):
            return False
    key = owner_key(resource, bases)
    if key is None:
        free = str(resource["resourceType"]) not in TYPE_KINDS
        return free and not owners(resource, references_of(resource), bases) - {patient}
    if is_address(key):
        return key == patient
    # By another name than an address she must be visible, or guessing names would find her.
    meant = resolve(connection, access.record, [key]).get(key, set())
    seen = select(RESOURCE.c.address).where(
        access.scope.sees(frozenset({"Patient"})), RESOURCE.c.address.in_(sorted(meant))
    )
    return list(connection.execute(seen).scalars()) == [patient]
