"""PURE: the Bundles of one record: what was shown, came along, and what was told beside it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Any

from heart_uma.kinds import DIRECTORY_TYPES, KIND_NAMES, TYPE_KINDS
from heart_uma.outcomes import NOTHING_TOLD, Told
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
class Notice:
    """What the patient lets the reader know: kinds that may not be all there is, and a note.

    `incomplete` and `other_places` (of which another place of hers gives nothing) come from what
    she shares, never from what there is; both are empty for the neutral line.
    """

    incomplete: frozenset[str] = frozenset()
    other_places: frozenset[str] = frozenset()
    notes: tuple[str, ...] = ()

    def about(self, kinds: Collection[str]) -> Notice:
        """What it says of these kinds; notes are about all."""
        wanted = frozenset(kinds)
        return Notice(self.incomplete & wanted, self.other_places & wanted, self.notes)

    def __or__(self, other: Notice) -> Notice:
        return Notice(
            self.incomplete | other.incomplete,
            self.other_places | other.other_places,
            tuple(dict.fromkeys(self.notes + other.notes)),
        )


@dataclass(frozen=True, slots=True)
class SourceRecords:
    """What one source showed: its `entries`, what they refer to (`known`), and its `notice`."""

    base: str
    name: str
    entries: tuple[Entry, ...]
    known: Mapping[str, Resource]
    notice: Notice

    @property
    def patients(self) -> list[Resource]:
        """The Patient resources, shown or come along."""
        return [r for r in self.known.values() if r.get("resourceType") == "Patient"]


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


def read_source(
    base: str, name: str, bundles: Iterable[Mapping[str, Any]], told: Told = NOTHING_TOLD
) -> SourceRecords:
    """Sort the entries of a source's pages; every entry that is a match counts once.

    `told` is what the sharing service said of the source, beside its own notice.
    """
    entries: list[Entry] = []
    known: dict[str, Resource] = {}
    notice = Notice(frozenset(told.incomplete), frozenset(told.other_places))
    for bundle in bundles:
        for item in items(bundle.get("entry", [])):
            resource, search = item.get("resource"), item.get("search")
            if not isinstance(resource, Mapping):
                continue
            mode = search.get("mode") if isinstance(search, Mapping) else "match"
            if resource.get("resourceType") == "OperationOutcome":
                notice |= _suppressed(resource)
                continue
            known[f"{resource.get('resourceType')}/{resource.get('id')}"] = resource
            if mode != "include":
                entries.append(Entry(resource, kind_of(resource), base, name))
    return SourceRecords(base, name, tuple(entries), known, notice)


def _suppressed(outcome: Resource) -> Notice:
    """The notice of an OperationOutcome whose issue is `suppressed`; empty for other outcomes.

    The kinds and the patient's note are extensions of the outcome or of the issue.
    """
    issues = [i for i in items(outcome.get("issue", [])) if i.get("code") == "suppressed"]
    if not issues:
        return Notice()
    told = [pair for element in (outcome, *issues) for pair in _extensions(element)]
    kinds = {value for _, value in told}.union(*(codes(i.get("details")) for i in issues))
    notes = [value for url, value in told if url.endswith("note")]
    return Notice(frozenset(kinds & set(KIND_NAMES)), notes=tuple(dict.fromkeys(notes)))


def _extensions(element: Resource) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for extension in items(element.get("extension", [])):
        value = extension.get("valueCode") or extension.get("valueString")
        if isinstance(extension.get("url"), str) and isinstance(value, str):
            found.append((extension["url"], text(value)))
    return found


def whole_notice(sources: Iterable[SourceRecords]) -> Notice:
    """The notices of several sources as one: a kind is told of if any of them tells of it."""
    return reduce(or_, (source.notice for source in sources), Notice())


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
