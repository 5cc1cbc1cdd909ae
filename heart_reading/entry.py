"""PURE: one record that was shown, and of what kind it is."""

from __future__ import annotations

from dataclasses import dataclass

from heart_reading.words import Resource, codes
from heart_uma.kinds import DIRECTORY_TYPES, TYPE_KINDS

DIRECTORY = "directory"
# LOINC document types that make a DiagnosticReport a note rather than a result.
_NOTE_CODES = frozenset(
    {"34117-2", "51847-2", "11506-3", "11488-4", "18842-5", "28570-0", "34746-8", "34133-9"}
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One record that was shown: the resource, its kind, and the source it came from."""

    resource: Resource
    kind: str
    base: str
    source: str

    @property
    def type(self) -> str:
        """The FHIR type."""
        return str(self.resource.get("resourceType"))

    @property
    def id(self) -> str:
        """The logical id."""
        return str(self.resource.get("id", ""))


def kind_of(resource: Resource) -> str:
    """The kind of a resource, as every source of this family sorts it."""
    name = str(resource.get("resourceType"))
    if name in DIRECTORY_TYPES:
        return DIRECTORY
    found = codes(resource.get("category"))
    if name == "Observation":
        return "vitals" if "vital-signs" in found else "results"
    if name == "DiagnosticReport":
        return "documents" if found & _NOTE_CODES else "results"
    if name == "DocumentReference":
        return "visits" if "clinical-note" in found else "documents"
    return TYPE_KINDS.get(name, ("other",))[0]
