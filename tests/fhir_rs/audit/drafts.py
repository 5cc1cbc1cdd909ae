"""Records, entries to append, and what a look at the whole audit finds."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Engine, insert, select
from sqlmodel import col

from fhir_rs.audit.chain import Draft
from fhir_rs.audit.compact import compacted
from fhir_rs.audit.event import Actor, Happened, Site
from fhir_rs.db import reading, writing
from fhir_rs.models.audit import Audit
from fhir_rs.models.record import Record
from fhir_rs.verification.audit import verify
from heart_ground.migrations import migrate
from heart_uma.jose import KeySet
from tests.fhir_rs.fake_as import BASE
from tests.fhir_rs.protected import RECORD

A, B = RECORD, "BertaRecord-0123456789"
KEYS = KeySet.generate("ES256")
_AT = datetime(2026, 1, 1, tzinfo=UTC)


def add_records(engine: Engine) -> None:
    """The tables of the service, and the records A and B."""
    migrate(engine, "fhir_rs")
    rows = [Record(id=each, name=each, source_key=each, created=0).model_dump() for each in (A, B)]
    with writing(engine) as connection:
        connection.execute(insert(Record), rows)


def draft(number: int = 0, **more: Any) -> Draft:
    """The entry of a search with this number in it."""
    happened = Happened(f"{BASE}/r/{A}", "search-type", "shown", f"/x?n={number}")
    event = compacted(Actor("person", "Dr. Bob Chen"), happened, Site(BASE, "Cedar"), _AT)
    values: dict[str, Any] = {
        "record": A, "actor": "person", "outcome": "shown", "event": event, "epoch": None, **more,
    }  # fmt: skip
    return Draft(**values)


def bad(engine: Engine, now: datetime) -> list[tuple[str, int]]:
    """Where the audit does not hold."""
    return [(found.chain, found.number) for found in verify(engine, KEYS, BASE, now)]


def numbers(engine: Engine, record: str = A) -> list[int]:
    """The numbers of a chain's entries."""
    of = select(col(Audit.seq)).where(col(Audit.record) == record)
    with reading(engine) as connection:
        return list(connection.scalars(of.order_by(col(Audit.seq))))
