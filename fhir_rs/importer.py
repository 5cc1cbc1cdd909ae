"""Importing FHIR R4 files: grouped by patient, labelled, indexed; a second time without effect.

Everything that belongs to a patient goes into her record. What belongs to nobody (practitioners,
questionnaires) goes into the records of the same folder that refer to it, else into one record of
the folder itself; nothing is lost, so that shown and held back add up to what was imported.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import Engine

from fhir_rs import r4, schema
from fhir_rs.db import reading
from fhir_rs.enforcement.compartment import owner_reference, owners
from fhir_rs.enforcement.facts import local_targets
from fhir_rs.errors import Invalid
from fhir_rs.importing.batch import BatchWriter
from fhir_rs.importing.sources import Entry, Names, Problem, entries_of, files_of
from fhir_rs.models import adoption
from fhir_rs.rules import labeling_rules
from heart_uma.labels import DIRECTORY_TYPES

MAX_PASSES = 4
NOBODY = ""
Progress = Callable[[int, str], None]


class ImportedRecord(NamedTuple):
    """A record this import wrote to; `claim_code` is "" unless the import made the record."""

    record: str
    claim_code: str
    patient_name: str
    resources: int


@dataclass(slots=True)
class ImportReport:
    """What came of an import: `refused` holds (file, entry, reason)."""

    records: list[ImportedRecord] = field(default_factory=list)
    accepted: int = 0
    unchanged: int = 0
    refused: list[tuple[str, str, str]] = field(default_factory=list)


def import_paths(
    engine: Engine, paths: Iterable[Path], *, progress: Progress, identity_copy: bool = False
) -> ImportReport:
    """Import every FHIR file below `paths`.

    Parameters: `progress(done, file)` is told as files are read; `identity_copy` marks the records
    made here as knowing the patient only to say whose record it is.
    """
    schema.migrate(engine)
    folders: dict[Path, list[Path]] = {}
    for file in files_of(Path(path) for path in paths):
        folders.setdefault(file.parent, []).append(file)
    report = ImportReport()
    for parent, files in folders.items():
        writer = BatchWriter(engine, parent.name, labeling_rules(), identity_copy=identity_copy)
        _Folder(writer, report, progress).run(files)
    return report


class _Folder:
    """The import of one directory: ids are unique inside it, not beyond."""

    def __init__(self, writer: BatchWriter, report: ImportReport, progress: Progress) -> None:
        self.writer = writer
        self.report = report
        self.progress = progress
        self.names = Names()
        self.placed: set[str] = set()
        self.unowned: dict[Path, set[str]] = {}

    def run(self, files: list[Path]) -> None:
        """What belongs to patients first, then what they refer to, then the rest."""
        for file in files:
            self._owned(file)
            self.progress(self.report.accepted, file.name)
        self.writer.flush()
        for number in range(MAX_PASSES):
            last = number == MAX_PASSES - 1
            before = len(self.placed)
            for file in self.unowned:
                self._unowned(file, last=last)
            self.writer.flush()
            if len(self.placed) == before and not last:
                for file in self.unowned:
                    self._unowned(file, last=True)
                break
        self._adopt()
        self.report.unchanged += self.writer.unchanged
        self.report.records += [
            ImportedRecord(t.id, t.claim_code, t.name, len(t.addresses))
            for t in self.writer.targets.values()
        ]

    def _owned(self, file: Path) -> None:
        """Store what belongs to a patient, and remember the places of what does not."""
        for item in entries_of(file, self.names):
            if isinstance(item, Problem):
                self.report.refused.append((item.file, item.entry, item.reason))
                continue
            if not self._valid(item):
                continue
            self.report.accepted += 1
            patients = owners(item.resource, item.facts)
            if len(patients) == 1:
                self.writer.put(item, next(iter(patients)))
            elif item.about is not None and not patients:
                self.writer.put(item, item.about)
            else:
                self.unowned.setdefault(file, set()).add(item.label)
            if item.resource["resourceType"] in DIRECTORY_TYPES:
                self.names.learn(item, None)
            if self.report.accepted % 100 == 0:
                self.progress(self.report.accepted, file.name)

    def _valid(self, entry: Entry) -> bool:
        try:
            r4.validate(entry.resource)
        except Invalid as error:
            self.report.refused.append((str(entry.file), entry.label, error.text))
            return False
        if "id" not in entry.resource:
            self.report.refused.append((str(entry.file), entry.label, "the resource has no id"))
            return False
        return True

    def _unowned(self, file: Path, *, last: bool) -> None:
        """Place what belongs to nobody where it is referred to; at last, in the folder's record."""
        for item in entries_of(file, self.names):
            if isinstance(item, Problem) or item.label not in self.unowned[file]:
                continue
            several = len(owners(item.resource, item.facts)) > 1
            # What mentions several patients must not reach any of their records.
            places = set() if several else self._places(item)
            if not places and last and item.address not in self.placed:
                places = {NOBODY}
            for patient in places:
                target = self.writer.targets.get(patient)
                if target is None or item.address not in target.addresses:
                    self.placed.add(item.address)
                    self.writer.put(item, patient)

    def _places(self, entry: Entry) -> set[str]:
        """The patients of this folder whose records refer to `entry`, or that it refers to."""
        by_record = {t.id: p for p, t in self.writer.targets.items() if p != NOBODY}
        with reading(self.writer.engine) as connection:
            referring = adoption.records_referring(connection, entry.address)
            places = {by_record[r] for r in referring if r in by_record}
            outward = owner_reference(entry.resource) is None
            if not places and outward and entry.resource["resourceType"] not in DIRECTORY_TYPES:
                targets = [key for _, key in local_targets(entry.facts)]
                holding = adoption.records_holding(connection, targets)
                reached = {by_record[r] for r in holding if r in by_record}
                places = reached if len(reached) == 1 else set()
        return places

    def _adopt(self) -> None:
        """Copy in the people and places that an earlier import kept for nobody."""
        for patient, target in list(self.writer.targets.items()):
            if patient == NOBODY:
                continue
            with reading(self.writer.engine) as connection:
                wanted = adoption.missing_directory(connection, target.id)
                copies = adoption.shared_copies(connection, wanted) if wanted else []
            by_address: dict[str, list[bytes]] = {}
            for _, address, body in copies:
                by_address.setdefault(address, []).append(body)
            for bodies in by_address.values():
                # Two folders may use one id for different people: then neither is taken.
                if len(bodies) == 1:
                    text = bodies[0].decode()
                    self.writer.put(Entry(Path(), "adopted", text, json.loads(text)), patient)
        self.writer.flush()
