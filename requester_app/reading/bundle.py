"""PURE: the Bundles of one record: what was shown, came along, or is held back (DESIGN 12)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from heart_uma.labels import DIRECTORY_TYPES, KIND_NAMES, TYPE_KINDS
from requester_app.reading.words import Resource, codes, items, person_name, text

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


@dataclass(frozen=True, slots=True)
class HeldBack:
    """What the patient lets the reader know: of which kinds something is held back, and a note.

    `kinds` is empty for the neutral line: lists may not be complete, and it does not say whether
    anything is held back.
    """

    kinds: frozenset[str] = frozenset()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SourceRecords:
    """What one source showed: its `entries`, what they refer to (`known`), its `held` notice."""

    base: str
    name: str
    entries: tuple[Entry, ...]
    known: Mapping[str, Resource]
    held: HeldBack | None

    @property
    def patients(self) -> list[Resource]:
        """The Patient resources, shown or come along."""
        return [r for r in self.known.values() if r.get("resourceType") == "Patient"]


def kind_of(resource: Resource) -> str:
    """The kind of a resource, as every source of this family sorts it (DESIGN 8)."""
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


def read_source(base: str, name: str, bundles: Iterable[Mapping[str, Any]]) -> SourceRecords:
    """Sort the entries of a source's pages; every entry that is a match counts once."""
    entries: list[Entry] = []
    known: dict[str, Resource] = {}
    held: HeldBack | None = None
    for bundle in bundles:
        for item in items(bundle.get("entry", [])):
            resource, search = item.get("resource"), item.get("search")
            if not isinstance(resource, Mapping):
                continue
            mode = search.get("mode") if isinstance(search, Mapping) else "match"
            if resource.get("resourceType") == "OperationOutcome":
                held = _merged(held, _held_back(resource))
                continue
            known[f"{resource.get('resourceType')}/{resource.get('id')}"] = resource
            if mode != "include":
                entries.append(Entry(resource, kind_of(resource), base, name))
    return SourceRecords(base, name, tuple(entries), known, held)


def _held_back(outcome: Resource) -> HeldBack | None:
    """The notice of an OperationOutcome whose issue is `suppressed`; None for other outcomes.

    The kinds and the patient's note are extensions of the outcome or of the issue.
    """
    issues = [i for i in items(outcome.get("issue", [])) if i.get("code") == "suppressed"]
    if not issues:
        return None
    told = [pair for element in (outcome, *issues) for pair in _extensions(element)]
    kinds = {value for _, value in told}.union(*(codes(i.get("details")) for i in issues))
    notes = [value for url, value in told if url.endswith("note")]
    return HeldBack(frozenset(kinds & set(KIND_NAMES)), tuple(dict.fromkeys(notes)))


def _extensions(element: Resource) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for extension in items(element.get("extension", [])):
        value = extension.get("valueCode") or extension.get("valueString")
        if isinstance(extension.get("url"), str) and isinstance(value, str):
            found.append((extension["url"], text(value)))
    return found


def _merged(first: HeldBack | None, second: HeldBack | None) -> HeldBack | None:
    if first is None or second is None:
        return first or second
    return HeldBack(first.kinds | second.kinds, tuple(dict.fromkeys(first.notes + second.notes)))


def all_held(sources: Iterable[SourceRecords]) -> HeldBack | None:
    """The notices of several sources as one."""
    found: HeldBack | None = None
    for source in sources:
        found = _merged(found, source.held)
    return found


def people(sources: Iterable[SourceRecords]) -> list[tuple[str, str]]:
    """The distinct (name, birth date) that the sources give for the patient.

    More than one means that a link put records of two people side by side: the reader is warned.
    """
    found: dict[tuple[str, str], tuple[str, str]] = {}
    for source in sources:
        for patient in source.patients:
            name, born = person_name(patient.get("name")), text(patient.get("birthDate"))
            if name or born:
                found.setdefault((name.casefold(), born), (name, born))
    return list(found.values())
