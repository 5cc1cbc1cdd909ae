"""Which record an earlier import made for the same Patient of the same source."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from sqlalchemy import Connection

from fhir_rs.importing.people import Person, person_of
from fhir_rs.models import recognition


def records_of(connection: Connection, people: Iterable[Person]) -> dict[str, str]:
    """Patient address -> record, for the people that an earlier import has met."""
    found: dict[str, str] = {}
    for some in _chunks([person for person in people if person.is_known]):
        by_key = recognition.by_keys(connection, [person.key for person in some])
        found |= {p.address: by_key[p.key] for p in some if p.key in by_key}
        missing = {p.address: p for p in some if p.address not in found}
        if missing:
            for row in recognition.of_patients(connection, list(missing)):
                person = missing[str(row.patient_ref)]
                if person.address not in found and _is_about(row, person):
                    recognition.set_key(connection, row.id, row.source_key, person.key)
                    found[person.address] = str(row.id)
    return found


def _chunks(people: Sequence[Person]) -> Iterator[Sequence[Person]]:
    for start in range(0, len(people), recognition.CHUNK):
        yield people[start : start + recognition.CHUNK]


def _is_about(row: recognition.Known, person: Person) -> bool:
    """True when a record is this person's though its key is another.

    A source may add an identifier to a Patient, or leave one out; and the first release named a
    record by one identifier or by a folder. What the record holds decides.
    """
    if row.source_key in person.former_keys:
        return True
    stored = _stored(row)
    return stored is not None and person.surely_same(stored)


def _stored(row: recognition.Known) -> Person | None:
    return None if row.body is None else person_of(str(row.patient_ref), json.loads(row.body))


def record_with(
    connection: Connection, patient: str | None, digests: Mapping[str, str]
) -> str | None:
    """The record about `patient`, of whom nothing is known, that holds the same resources.

    Parameters: `patient` is an address, None for what belongs to nobody; `digests` address ->
    digest of some of what is imported. Most of what a record holds of it has to be the same.
    """
    named = set[str]() if patient is None else _nameless(connection, patient)
    same, other = Counter[str](), Counter[str]()
    for row in recognition.holding(connection, patient, list(digests)):
        if patient is None or row.record in named:
            (same if row.digest == digests[row.address] else other)[str(row.record)] += 1
    if set(digests) == {patient}:
        # A Patient that says nothing of itself is the same only where there is nothing else.
        sizes = recognition.sizes(connection, list(same))
        same = Counter({record: 1 for record in same if sizes[record] == 1})
    best = [record for record, count in same.most_common() if count > other[record]]
    return best[0] if best else None


def _nameless(connection: Connection, patient: str) -> set[str]:
    """Records about a Patient of this address who is unknown there, too."""
    found = set()
    for row in recognition.of_patients(connection, [patient]):
        stored = _stored(row)
        if stored is None or not stored.is_known:
            found.add(str(row.id))
    return found
