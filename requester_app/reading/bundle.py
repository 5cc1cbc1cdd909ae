"""PURE: the Bundles of one record: what was shown, came along, and what was told beside it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from heart_reading.entry import Entry, kind_of
from heart_reading.names import person_name
from heart_reading.words import Resource, items, text
from heart_uma.outcomes import NOTHING_TOLD, Told
from requester_app.reading.notice import Notice, suppressed


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
                notice |= suppressed(resource)
                continue
            known[f"{resource.get('resourceType')}/{resource.get('id')}"] = resource
            if mode != "include":
                entries.append(Entry(resource, kind_of(resource), base, name))
    return SourceRecords(base, name, tuple(entries), known, notice)


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
