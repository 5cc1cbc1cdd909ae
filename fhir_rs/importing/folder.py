"""One folder of an import: ids are unique inside it, not beyond."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path

from fhir_rs.db import reading
from fhir_rs.enforcement.facts import local_targets
from fhir_rs.enforcement.owning import owner_reference
from fhir_rs.enforcement.references import names_of
from fhir_rs.errors import Invalid
from fhir_rs.importing.batch import NOBODY, BatchWriter
from fhir_rs.importing.names import identifiers_of
from fhir_rs.importing.report import ImportReport
from fhir_rs.importing.sources import Deletion, Entry
from fhir_rs.importing.survey import Survey
from fhir_rs.models import adoption
from fhir_rs.validation import r4
from heart_uma.kinds import DIRECTORY_TYPES

MAX_PASSES = 4
Progress = Callable[[int, str], None]


class Folder:
    """The import of the files of one directory, after the first look at them."""

    def __init__(
        self, survey: Survey, writer: BatchWriter, report: ImportReport, progress: Progress
    ) -> None:
        self.survey = survey
        self.writer = writer
        self.report = report
        self.progress = progress
        self.placed: set[str] = set()
        self.unowned: dict[Path, set[str]] = {}
        self.nameless: list[Entry] = []
        """Patients that say nothing of who they are: stored last, so that what is theirs tells."""

    def run(self, files: list[Path]) -> None:
        """What belongs to patients first, then what they refer to, then the rest."""
        for file in files:
            self._owned(file)
            self.progress(self.report.accepted, file.name)
        self.writer.flush()
        for entry in self.nameless:
            self.writer.put(entry, entry.address)
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
        self._delete()

    def _entries(self, file: Path) -> Iterator[Entry]:
        """The entries of a file that are kept, their references localised."""
        for entry in self.survey.entries(file):
            entry.localize(partial(self.survey.meaning, entry))
            yield entry

    def _owned(self, file: Path) -> None:
        """Store what belongs to a patient, and remember the places of what does not."""
        for entry in self._entries(file):
            if not self._valid(entry):
                continue
            patients, personal = self._patients(entry)
            patient = next(iter(patients)) if len(patients) == 1 else None
            if patient is None and not patients and not personal:
                patient = entry.about
            reason = self.survey.refusal(entry, patient) if patient is not None else None
            if reason is not None:
                self._refuse(entry.file, entry.label, reason)
                continue
            self.report.accepted += 1
            self._give(entry, patient)
            if self.report.accepted % 100 == 0:
                self.progress(self.report.accepted, file.name)

    def _give(self, entry: Entry, patient: str | None) -> None:
        if patient is None:
            self.unowned.setdefault(entry.file, set()).add(entry.label)
            return
        person = self.survey.people.get(patient)
        if entry.address == patient and not (person and person.is_known):
            self.nameless.append(entry)
        else:
            self.writer.put(entry, patient)

    def _patients(self, entry: Entry) -> tuple[set[str], bool]:
        """The Patients an entry belongs to, and whether it says that it is somebody's.

        Without an owning element, any Patient the resource mentions: one is the owner, several
        mean that it is nobody's.
        """
        if entry.type == "Patient":
            return {entry.address}, True
        patient, personal = self.survey.owner(entry)
        if patient is not None:
            return {patient}, True
        if personal or owner_reference(entry.resource) is not None:
            return set(), personal
        keys = [found.target for found in entry.facts.references]
        mentioned = {self.survey.meaning(entry, key) or key for key in keys}
        return {key for key in mentioned if key.startswith("Patient/")}, False

    def _valid(self, entry: Entry) -> bool:
        try:
            r4.validate(entry.resource)
        except Invalid as error:
            self._refuse(entry.file, entry.label, error.text)
            return False
        if "id" not in entry.resource:
            self._refuse(entry.file, entry.label, "the resource has no id")
            return False
        return True

    def _refuse(self, file: Path, label: str, reason: str) -> None:
        self.report.refused.append((str(file), label, reason))

    def _unowned(self, file: Path, *, last: bool) -> None:
        """Place what belongs to nobody where it is referred to; at last, in the folder's record."""
        for entry in self._entries(file):
            if entry.label not in self.unowned[file]:
                continue
            patients, personal = self._patients(entry)
            # What mentions several patients must not reach any of their records.
            places = set() if personal or len(patients) > 1 else self._places(entry)
            if not places and last and entry.address not in self.placed:
                places = {NOBODY}
            for patient in places:
                target = self.writer.targets.get(patient)
                if target is None or entry.address not in target.addresses:
                    self.placed.add(entry.address)
                    self.writer.put(entry, patient)

    def _places(self, entry: Entry) -> set[str]:
        """The patients of this folder whose records refer to `entry`, or that it refers to."""
        by_record = {t.id: p for p, t in self.writer.targets.items() if p != NOBODY}
        names = [entry.address, *names_of(entry.address, identifiers_of(entry.resource))]
        with reading(self.writer.engine) as connection:
            referring = adoption.records_referring(connection, names)
            places = {by_record[r] for r in referring if r in by_record}
            outward = owner_reference(entry.resource) is None
            if not places and outward and entry.type not in DIRECTORY_TYPES:
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

    def _delete(self) -> None:
        """Take out of this folder's records what a history says was deleted."""
        for deletion in self.survey.deletions:
            self._one_deletion(deletion)

    def _one_deletion(self, deletion: Deletion) -> None:
        if deletion.address.startswith("Patient/"):
            reason = "the Patient was deleted at the source; a record goes only by its owner's word"
            self._refuse(deletion.file, deletion.label, reason)
            return
        patients: Iterable[str] = {*self.writer.targets, *self.writer.known}
        self.report.deleted += sum(self.writer.remove(p, [deletion.address]) for p in patients)
