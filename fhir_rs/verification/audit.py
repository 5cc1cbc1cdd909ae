"""Checking the whole audit of a server (`heart-uma audit verify`)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import Connection, Engine

from fhir_rs.audit.origin import origin
from fhir_rs.audit.stored_checkpoints import records
from fhir_rs.db import snapshot
from fhir_rs.models.audit import INSTALLATION
from fhir_rs.verification import chain, former_chain
from fhir_rs.verification.checkpoints import Checkpoints
from fhir_rs.verification.finding import Finding
from heart_uma.jose import KeySet


def verify(engine: Engine, keys: KeySet, base: str, now: datetime) -> list[Finding]:
    """Everything that does not hold, by checkpoints, by chains; nothing when the audit is whole.

    It reads one state of the database. `keys` are those that signed the checkpoints, `base` is the
    server that did.
    """
    with snapshot(engine) as connection:
        return list(_findings(connection, keys, base, now))


def _findings(connection: Connection, keys: KeySet, base: str, now: datetime) -> Iterator[Finding]:
    begin, known = origin(connection), sorted(records(connection))
    yield from former_chain.check(connection, known, keys, base, now)
    checkpoints = Checkpoints(connection, begin)
    yield from checkpoints.check(keys, base, now)
    for record in sorted({INSTALLATION, *known, *checkpoints.signed}):
        signed = checkpoints.signed.get(record, 0) if checkpoints.whole else None
        yield from chain.check(connection, record, begin, signed)
