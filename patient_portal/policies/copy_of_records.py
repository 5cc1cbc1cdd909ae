"""PURE. All records of a person as one FHIR Bundle, written piece by piece (FHIR R4 Bundle).

Each resource is copied as its clinic sent it. What is missing is in the file too, as an
OperationOutcome that names the clinic: a file that lacks something says so itself.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import datetime

Resource = tuple[str, str]
"""Its address (empty: none), and its text."""


def bundle(made: datetime, resources: Iterable[Resource]) -> Iterator[bytes]:
    """The Bundle in pieces; `resources` may take its time."""
    head = {"resourceType": "Bundle", "type": "collection"}
    yield (json.dumps(head)[:-1] + f', "timestamp": {json.dumps(_instant(made))}').encode()
    joint = ', "entry": [\n'
    for address, text in resources:
        where = f'"fullUrl": {json.dumps(address, ensure_ascii=False)}, ' if address else ""
        yield f'{joint}{{{where}"resource": {text}}}'.encode()
        joint = ",\n"
    yield b"}\n" if joint != ",\n" else b"\n]}\n"


def missing(words: str, *, code: str = "incomplete") -> Resource:
    """What stands in the place of records that are not there (FHIR R4 OperationOutcome)."""
    issue = {"severity": "error", "code": code, "details": {"text": words}}
    outcome = {"resourceType": "OperationOutcome", "issue": [issue]}
    return "", json.dumps(outcome, ensure_ascii=False)


def _instant(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")
