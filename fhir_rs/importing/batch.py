"""The writing half of an import: records made on demand, resources stored a batch at a time."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Engine

from fhir_rs.db import database_time, writing
from fhir_rs.enforcement.description import Description, describe
from fhir_rs.enforcement.labeling import Rules
from fhir_rs.enforcement.titles import person_name
from fhir_rs.importing.sources import Entry
from fhir_rs.models import record, relabeling, storing

BATCH = 200


@dataclass(slots=True)
class Target:
    """A record that an import writes to; `patient` is None for what belongs to nobody."""

    id: str
    claim_code: str
    name: str
    patient: str | None
    addresses: set[str] = field(default_factory=set)


class BatchWriter:
    """Stores the resources of one folder, at most `BATCH` in a transaction."""

    def __init__(self, engine: Engine, folder: str, rules: Rules, *, identity_copy: bool) -> None:
        self.engine = engine
        self.folder = folder
        self.rules = rules
        self.identity_copy = identity_copy
        self.targets: dict[str, Target] = {}
        """By Patient address; "" is the record of what belongs to nobody."""
        self.stored = 0
        self.unchanged = 0
        self._batch: list[tuple[Entry, str]] = []
        self._taken: set[tuple[str, str]] = set()

    def put(self, entry: Entry, patient: str) -> None:
        """Store `entry` in the record of `patient` (an address, or "")."""
        place = (entry.address, patient)
        if place in self._taken or len(self._batch) >= BATCH:
            self.flush()
        self._batch.append((entry, patient))
        self._taken.add(place)

    def flush(self) -> None:
        """Write what was put since the last time, in one transaction."""
        batch, self._batch = self._batch, []
        self._taken.clear()
        if not batch:
            return
        with writing(self.engine) as connection:
            now = database_time(connection)
            by_patient: dict[str, list[Entry]] = {}
            for entry, patient in batch:
                by_patient.setdefault(patient, []).append(entry)
            for patient, entries in by_patient.items():
                self._store(connection, patient, entries, now)

    def _store(self, connection: Connection, patient: str, entries: list[Entry], now: int) -> None:
        own = next((e for e in entries if e.address == patient), None)
        target = self._target(connection, patient, own, now)
        known = storing.stored(connection, target.id, [entry.address for entry in entries])
        new: list[Description] = []
        changed = False
        for entry in entries:
            target.addresses.add(entry.address)
            old = known.get(entry.address)
            if old is not None and old.digest == digest_of(entry.text):
                self.unchanged += 1
                continue
            changed = True
            self.stored += 1
            if old is None:
                new.append(self._describe(entry, 1, now))
            else:
                again = self._describe(entry, old.version + 1, now, at_least=old.labels)
                storing.replace(connection, target.id, old, again)
        storing.add(connection, target.id, new)
        if changed:
            relabeling.settle(connection, target.id)

    def _describe(self, entry: Entry, version: int, now: int, at_least: int = 0) -> Description:
        return describe(
            entry.text,
            entry.resource,
            self.rules,
            id_=str(entry.resource["id"]),
            version=version,
            updated=now,
            at_least=at_least,
            facts=entry.facts,
        )

    def _target(self, connection: Connection, patient: str, own: Entry | None, now: int) -> Target:
        target = self.targets.get(patient)
        name = person_name(own.resource) if own is not None else ""
        if target is None:
            target = self._record(connection, patient, own, name, now)
            self.targets[patient] = target
        elif name and target.name == patient:
            record.rename(connection, target.id, name, patient)
            target.name = name
        return target

    def _record(
        self, connection: Connection, patient: str, own: Entry | None, name: str, now: int
    ) -> Target:
        key = source_key(self.folder, patient, own.resource if own is not None else {})
        name = name or patient or f"{self.folder}: people, places and forms"
        known = record.by_source(connection, key)
        if known is not None:
            return Target(known, "", name, patient or None)
        made, code = record.create(
            connection,
            name=name,
            patient_ref=patient or None,
            source_key=key,
            identity_copy=self.identity_copy and bool(patient),
            created=now // 1_000_000,
        )
        return Target(made, code, name, patient or None)


def digest_of(text: str) -> str:
    """The digest by which a repeated import recognises a resource."""
    return hashlib.sha256(text.encode()).hexdigest()


def source_key(folder: str, patient: str, resource: dict[str, Any]) -> str:
    """What a repeated import finds a record by.

    A Patient's own id with its first identifier; without one the folder's name stands in, since
    two sources may both call somebody `Patient/example`.
    """
    identifiers = resource.get("identifier")
    first = identifiers[0] if isinstance(identifiers, list) and identifiers else {}
    token = f"{first.get('system', '')}|{first.get('value', '')}"
    scope = f"folder {folder}" if token == "|" else f"identifier {token}"  # noqa: S105
    return hashlib.sha256(f"{scope}\n{patient}".encode()).hexdigest()
