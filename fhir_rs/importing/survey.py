"""The first look at the files of a folder: who is in it, what things are called, what is left out.

Nothing is stored before it is done, so that a Patient in the last file is known to the first.
Memory grows with the people and with the unusual names, not with the resources.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fhir_rs.enforcement.owning import owner_key
from fhir_rs.enforcement.references import is_address
from fhir_rs.importing.files import Problem
from fhir_rs.importing.names import Source, canonical, links_in
from fhir_rs.importing.people import Person, person_of
from fhir_rs.importing.sources import Deletion, Entry, items_of
from fhir_rs.importing.versions import Version

Place = tuple[Path, str]
"""A file and the label of something in it."""
_PERSONAL = ("urn:", "Patient?", "?", "/")


@dataclass(frozen=True, slots=True)
class _Latest:
    """The newest version of a resource that the histories of a folder tell of."""

    version: Version
    place: Place
    person: tuple[Person, list[Place]] | None
    deletion: Deletion | None


@dataclass
class Survey:
    """What the first look at the files of one folder shows."""

    source: Source = field(default_factory=Source)
    people: dict[str, Person] = field(default_factory=dict)
    """By `Patient/id`."""
    problems: list[Problem] = field(default_factory=list)
    left_out: set[Place] = field(default_factory=set)
    """What is not read again: problems, and versions that were replaced."""
    older: int = 0
    deletions: list[Deletion] = field(default_factory=list)
    _scopes: dict[str, dict[Place, bool]] = field(default_factory=dict)
    """Patient -> the files and Bundles that hold it; False where it is somebody else."""
    _others: dict[str, Person] = field(default_factory=dict)
    _latest: dict[str, _Latest] = field(default_factory=dict)

    def read(self, files: Iterable[Path]) -> None:
        """Look at every file once; and again, if names are used that no Bundle explains."""
        files = list(files)
        for file in files:
            for item in items_of(file, strict=True):
                if isinstance(item, Problem):
                    self._refuse(item)
                elif isinstance(item, Deletion):
                    self._version(item.address, item, None)
                else:
                    self._note(item)
        for latest in self._latest.values():
            if latest.deletion is not None:
                self.deletions.append(latest.deletion)
            elif latest.person is not None:
                self._meet(*latest.person, latest.place)
        if self.source.wanted:
            for file in files:
                for entry in self.entries(file):
                    self.source.meet(entry.address, entry.resource, entry.full_url)

    def entries(self, file: Path) -> Iterator[Entry]:
        """The entries of a file at a later look, without what the first decided not to keep.

        A problem that was not there before goes to `problems`: somebody writes to the file.
        """
        if (file, "") in self.left_out:
            return
        for item in items_of(file, strict=False):
            if isinstance(item, Problem):
                if (file, item.entry) not in self.left_out:
                    self._refuse(item)
            elif isinstance(item, Entry) and (file, item.label) not in self.left_out:
                yield item

    def _refuse(self, problem: Problem) -> None:
        self.problems.append(problem)
        self.left_out.add((problem.file, problem.entry))

    def _note(self, entry: Entry) -> None:
        self.source.place(entry.address, entry.resource, entry.full_url)
        owner = owner_name(entry.resource)
        for key in {canonical(written) for written in links_in(entry.text, entry.resource)}:
            if key and not is_address(key) and key[0] != "#" and entry.find(key) is None:
                self.source.use(key, owner=key == owner)
        if owner and _may_be_a_name(owner) and entry.find(owner) is None:
            self.source.use(owner, owner=True)
        person = None
        if entry.type == "Patient" and "id" in entry.resource:
            person = (person_of(entry.address, entry.resource), scopes_of(entry))
        if entry.version is not None:
            self._version(entry.address, entry, person)
        elif person is not None:
            self._meet(*person, (entry.file, entry.label))

    def _version(
        self, address: str, item: Entry | Deletion, person: tuple[Person, list[Place]] | None
    ) -> None:
        assert item.version is not None  # noqa: S101
        deletion = item if isinstance(item, Deletion) else None
        new = _Latest(item.version, (item.file, item.label), person, deletion)
        old = self._latest.get(address)
        if old is None:
            self._latest[address] = new
            return
        self.older += 1
        # Across files, pages of a history come in their order: the newest page first.
        same_file = old.place[0] == item.file
        version = item.version if same_file else Version(new.version.number, new.version.moment, 1)
        before = old.version if same_file else Version(old.version.number, old.version.moment, 0)
        if version.is_newer(before):
            self.left_out.add(old.place)
            self._latest[address] = new
        else:
            self.left_out.add(new.place)

    def _meet(self, person: Person, scopes: list[Place], place: Place) -> None:
        """A Patient: the first of this id, the same once more, or somebody else."""
        address = person.address
        known = self.people.get(address)
        same = known is None or known.same(person)
        self.people[address] = person if known is None else known.with_(person) if same else known
        here = self._scopes.setdefault(address, {})
        # The same place for two people says nothing of what else is in it.
        agreed = here.get(scopes[0], same) == same
        here[scopes[0]] = same and agreed
        if known is not None and not same:
            self._others[address] = person
            reason = (
                f"{address} is {known.shown} in what was read before, and {person.shown} here: two "
                "people under one id; keep the exports of different systems in different folders"
            )
            self._refuse(Problem(*place, reason))

    def refusal(self, entry: Entry, patient: str) -> str | None:
        """Why an entry cannot be given to `patient`; None where it is clear who that is."""
        other = self._others.get(patient)
        if other is None:
            return None
        here = self._scopes[patient]
        whose = next((here[scope] for scope in scopes_of(entry) if scope in here), False)
        if whose:
            return None
        return (
            f"it belongs to {patient}, and that is {self.people[patient].shown} as well as "
            f"{other.shown}"
        )

    def meaning(self, entry: Entry, written: str) -> str | None:
        """`Type/id` of what a reference in `entry` means; None where that is not known.

        A reference to one version, or to a part, says more than that and stays as it is.
        """
        key = canonical(written)
        if is_address(key):
            return None if "_history" in written or "#" in written else key
        if not key or key[0] == "#":
            return None
        found = entry.find(key)
        return (self.source.find(key) if found is None else found) or None

    def owner(self, entry: Entry) -> tuple[str | None, bool]:
        """(`Patient/id` or None, whether it says that it is somebody's) of a localised entry."""
        key = owner_name(entry.resource)
        if key is None:
            return None, False
        if is_address(key):
            return (key if key.startswith("Patient/") else None), key.startswith("Patient/")
        found = self.meaning(entry, key)
        if found is not None:
            return (found, True) if found.startswith("Patient/") else (None, False)
        parts = canonical(key)
        return None, _may_be_a_name(key) or "/Patient/" in parts


def scopes_of(entry: Entry) -> list[Place]:
    """The Bundles that an entry is in, from the inside, and its file."""
    return [
        *((entry.file, bundle.label) for bundle in entry.bundles if bundle.label),
        (entry.file, ""),
    ]


def owner_name(resource: Mapping[str, Any]) -> str | None:
    """The key of the reference that says whose a resource is; None when nothing says it."""
    key = owner_key(resource)
    return (canonical(key) if "//" in key else key) if key else None


def _may_be_a_name(key: str) -> bool:
    return key.startswith(_PERSONAL)
