"""Checking the chain of one record, from where it begins to its head."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from sqlalchemy import Connection, select
from sqlmodel import col

from fhir_rs.audit.chain import Head, Row, link_hash
from fhir_rs.models.audit import Audit, AuditAgents, AuditHead
from fhir_rs.verification.finding import Finding, numbered

_PAGE = 5_000
_COLUMNS = [Audit.__table__.c[name] for name in Row._fields]  # type: ignore[attr-defined]


def check(
    connection: Connection, record: str, origin: Head, signed: int | None
) -> Iterator[Finding]:
    """The first break of the chain, and what is wrong beside it; `signed` is how far checkpoints
    cover it, where that is known.

    Seen: an entry that was changed, removed, put in, put elsewhere, or swapped with another; an end
    that was cut off; agents that were changed or removed.
    """
    agents = _sound_agents(connection, record)
    at, unnamed = origin, 0
    for row in _rows(connection, record):
        if row.seq > at.seq + 1:
            yield Finding(record, at.seq + 1, f"{numbered(at.seq + 1, row.seq - 1)} missing")
            return
        if row.seq <= at.seq or row.hash != link_hash(at.hash, row):
            yield Finding(record, row.seq, f"entry {row.seq} was changed or put in later")
            return
        at = Head(row.seq, row.hash)
        if row.agents not in agents and not unnamed:
            unnamed = row.seq
    if unnamed:
        yield Finding(record, unnamed, f"who is named by entry {unnamed} was changed or removed")
    yield from _end(connection, record, at, origin, signed)


def _end(
    connection: Connection, record: str, at: Head, origin: Head, signed: int | None
) -> Iterator[Finding]:
    """What the head says of the last entry that is there, `at`."""
    columns = (col(AuditHead.seq), col(AuditHead.hash), col(AuditHead.signed))
    head = connection.execute(select(*columns).where(col(AuditHead.record) == record)).one_or_none()
    if head is None:
        if at != origin:
            yield Finding(record, at.seq, "its head is missing")
    elif head.seq > at.seq:
        yield Finding(record, at.seq + 1, f"{numbered(at.seq + 1, head.seq)} cut off at the end")
    elif head.seq < at.seq:
        yield Finding(record, head.seq + 1, f"{numbered(head.seq + 1, at.seq)} behind its head")
    elif head.hash != at.hash:
        yield Finding(record, at.seq, "its head is not the hash of its last entry")
    if head is not None and signed is not None and head.signed != signed:
        words = f"its head says that it is signed up to {head.signed}, the checkpoints say {signed}"
        yield Finding(record, min(head.signed, signed) + 1, words)


def _rows(connection: Connection, record: str) -> Iterator[Row]:
    after = -(2**62)
    while True:
        wanted = (col(Audit.record) == record, col(Audit.seq) > after)
        statement = select(*_COLUMNS).where(*wanted).order_by(col(Audit.seq)).limit(_PAGE)
        page = connection.execute(statement).all()
        yield from (Row(*row) for row in page)
        if len(page) < _PAGE:
            return
        after = page[-1].seq


def _sound_agents(connection: Connection, record: str) -> set[bytes]:
    """The digests of agents that are as they were written."""
    kept = select(col(AuditAgents.digest), col(AuditAgents.said))
    rows = connection.execute(kept.where(col(AuditAgents.record) == record))
    return {row.digest for row in rows if hashlib.sha256(row.said.encode()).digest() == row.digest}
