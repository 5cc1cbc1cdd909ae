"""The writing half of an import: records made on demand, resources stored a batch at a time."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection, Engine, Row

from fhir_rs.db import writing
from fhir_rs.enforcement.description import Description, describe, security_codings
from fhir_rs.enforcement.ruleset import Rules
from fhir_rs.importing import describing
from fhir_rs.importing.people import Person, folder_key
from fhir_rs.importing.recognizing import record_with, records_of
from fhir_rs.importing.sources import Entry
from fhir_rs.models import recognition, record, relabeling, removal, storing
from heart_ground.database import database_time

BATCH = 200
NOBODY = ""
"""Instead of a Patient's address: what belongs to nobody."""


@dataclass(slots=True)
class Target:
    """A record that an import writes to; `patient` is None for what belongs to nobody."""

    id: str
    claim_code: str
    name: str
    patient: str | None
    is_new: bool
    addresses: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Making:
    """How an import makes records: whether as identity copies, where, and who is told of each.

    `base_url` is the FHIR base of the server, None where nobody knows it.
    """

    identity_copy: bool
    base_url: str | None
    told: Callable[[Target], object]

    def bases(self, record_id: str) -> tuple[str, ...]:
        """The addresses that a record answers at."""
        known = self.base_url
        return () if known is None else (f"{known}/r/{record_id}", known)


class BatchWriter:
    """Stores the resources of one folder, at most `BATCH` in a transaction."""

    def __init__(
        self,
        engine: Engine,
        rules: Rules,
        folder: str,
        people: Mapping[str, Person],
        making: Making,
    ) -> None:
        self.engine = engine
        self.rules = rules
        self.folder = folder
        self.people = people
        self.making = making
        self.targets: dict[str, Target] = {}
        """By Patient address; `NOBODY` is the record of what belongs to nobody."""
        self.unchanged = 0
        with writing(engine) as connection:
            self.known = records_of(connection, people.values())
        self._batch: list[tuple[Entry, str]] = []
        self._taken: set[tuple[str, str]] = set()
        self._made: list[Target] = []

    def put(self, entry: Entry, patient: str) -> None:
        """Store `entry` in the record of `patient` (an address, or `NOBODY`)."""
        place = (entry.address, patient)
        if place in self._taken or len(self._batch) >= BATCH:
            self.flush()
        self._batch.append((entry, patient))
        self._taken.add(place)

    def flush(self) -> None:
        """Write what was put since the last time, in one transaction; then tell of new records."""
        batch, self._batch = self._batch, []
        self._taken.clear()
        if not batch:
            return
        by_patient: dict[str, list[Entry]] = {}
        for entry, patient in batch:
            by_patient.setdefault(patient, []).append(entry)
        with writing(self.engine) as connection:
            now = database_time(connection)
            for patient, entries in by_patient.items():
                self._store(connection, patient, entries, now)
        made, self._made = self._made, []
        for target in made:
            self.making.told(target)

    def _store(self, connection: Connection, patient: str, entries: list[Entry], now: int) -> None:
        target = self.targets.get(patient)
        if target is None:
            target = self._record(connection, patient, entries, now)
            self.targets[patient] = target
        record.lock(connection, target.id)
        known = storing.stored(connection, target.id, [entry.address for entry in entries])
        bases = self.making.bases(target.id)
        new: list[Description] = []
        same: list[str] = []
        for entry in entries:
            target.addresses.add(entry.address)
            old = known.get(entry.address)
            if old is not None and old.digest == digest_of(entry.text):
                same.append(entry.address)
                continue
            again = self._described(entry, old, now, bases)
            if old is None:
                new.append(again)
            else:
                storing.replace(connection, target.id, old, again)
        storing.add(connection, target.id, new)
        self.unchanged += len(same)
        # What has not changed may still be described by older rules.
        outdated = describing.again(connection, target.id, self.rules, bases, same) if same else 0
        if outdated or len(same) < len(entries):
            relabeling.settle(connection, target.id)

    def _described(
        self, entry: Entry, old: Row[tuple[object, ...]] | None, now: int, bases: Sequence[str]
    ) -> Description:
        source = security_codings(entry.resource)
        if old is not None:
            # A source that sends a resource again can raise its labels, never lower them.
            source = [*source, *security_codings(json.loads(old.body))]
        return describe(
            entry.text,
            entry.resource,
            self.rules,
            id_=str(entry.resource["id"]),
            version=1 if old is None else old.version + 1,
            updated=now,
            source=source,
            at_least=0 if old is None else old.labels,
            facts=entry.facts,
            bases=bases,
        )

    def _record(
        self, connection: Connection, patient: str, entries: list[Entry], now: int
    ) -> Target:
        person = self.people.get(patient)
        name = (person.name if person is not None else "") or patient
        name = name or f"{self.folder}: people, places and forms"
        found, key = self._recognized(connection, patient, entries)
        if found is not None:
            recognition.name_it(connection, found, name)
            return Target(found, "", name, patient or None, is_new=False)
        made, code = record.create(
            connection,
            name=name,
            patient_ref=patient or None,
            source_key=key,
            identity_copy=self.making.identity_copy and bool(patient),
            created=now // 1_000_000,
        )
        target = Target(made, code, name, patient or None, is_new=True)
        self._made.append(target)
        return target

    def _recognized(
        self, connection: Connection, patient: str, entries: list[Entry]
    ) -> tuple[str | None, str]:
        """(the record an earlier import made, None where none did; the key of a new one)."""
        person = self.people.get(patient)
        digests = {entry.address: digest_of(entry.text) for entry in entries}
        evidence = {a: d for a, d in digests.items() if a != patient} or digests
        if person is None or not person.is_known:
            # Nothing but what it holds tells such a record from another.
            return record_with(connection, patient or None, evidence), secrets.token_hex(32)
        found = self.known.get(patient) or record.by_source(connection, person.key)
        if found is None:
            old_key = folder_key(self.folder, patient)
            old = record.by_source(connection, old_key)
            if old is not None and record_with(connection, patient, evidence) == old:
                recognition.set_key(connection, old, old_key, person.key)
                found = old
        return found, person.key

    def remove(self, patient: str, addresses: Iterable[str]) -> int:
        """Take what a history says is gone out of a known record; how many were there."""
        found = self.targets.get(patient)
        of_record = found.id if found is not None else self.known.get(patient)
        if of_record is None:
            return 0
        with writing(self.engine) as connection:
            record.lock(connection, of_record)
            gone = removal.remove(connection, of_record, list(addresses))
            if gone:
                relabeling.settle(connection, of_record)
            return gone


def digest_of(text: str) -> str:
    """The digest by which a repeated import recognises a resource."""
    return hashlib.sha256(text.encode()).hexdigest()
