"""The element that says whose a resource is, as HL7's search parameters name it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from fhir_rs.enforcement.references import key_of
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
