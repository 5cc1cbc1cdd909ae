"""Checking the one chain of all records that was kept before each record got its own."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select
from sqlmodel import col

from fhir_rs.models.former_audit import FormerAudit, FormerAuditCheckpoint, FormerAuditHead
from fhir_rs.verification.finding import FORMER, Finding
from heart_uma.jose import JoseError, KeySet, decode_jwt

FIRST = "0" * 64
_AT_ONCE = 5_000
_HASHED = ("seq", "at", "record", "actor", "outcome", "event")
_ENTRY = [FormerAudit.__table__.c[name] for name in (*_HASHED, "hash")]  # type: ignore[attr-defined]
_CANONICAL = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


def link_hash(previous: str, row: Any) -> str:
    """The hash of an entry: SHA-256 over the hash before it and the row as canonical JSON."""
    canonical = _CANONICAL.encode([getattr(row, name) for name in _HASHED])
    return hashlib.sha256(f"{previous}{canonical}".encode()).hexdigest()


def check(
    connection: Connection, records: Sequence[str], keys: KeySet, base: str, now: datetime
) -> Iterator[Finding]:
    """The first entry that was changed, removed, put in or moved; or a checkpoint of that time that
    is forged or names another hash."""
    columns = (col(FormerAuditHead.seq), col(FormerAuditHead.hash))
    head = connection.execute(select(*columns).where(col(FormerAuditHead.id) == 1)).one_or_none()
    checkpoints, forged = _checkpoints(connection, keys, base, now)
    seq, chain_hash, end = 0, FIRST, head.seq if head else max(checkpoints, default=0)
    for row in _rows(connection, records, end):
        seq += 1
        if row.seq != seq or row.hash != link_hash(chain_hash, row):
            yield Finding(FORMER, seq, f"entry {seq} was changed, removed or put in later")
            return
        chain_hash = row.hash
        if checkpoints.get(seq, chain_hash) != chain_hash:
            yield Finding(FORMER, seq, f"entry {seq} is not the one that was signed")
            return
    if head is None and (seq or checkpoints):
        yield Finding(FORMER, seq + 1, "its head is missing")
    elif head is not None and (head.seq, head.hash) != (seq, chain_hash):
        yield Finding(FORMER, seq + 1, f"entry {seq + 1} is missing at its end")
    elif forged or any(signed > seq for signed in checkpoints):
        number = forged or max(checkpoints)
        yield Finding(FORMER, number, f"the checkpoint at entry {number} does not hold")


def _rows(connection: Connection, records: Sequence[str], end: int) -> Iterator[Any]:
    """All entries in the order of their numbers, many at once; each record is asked by itself."""
    number = col(FormerAudit.seq)
    for first in range(1, max(end, 1) + 1, _AT_ONCE):
        found: list[Any] = []
        within = [number >= first] if first > 1 else []
        # What was put behind the end is among the last.
        within += [number < first + _AT_ONCE] if first + _AT_ONCE <= end else []
        for record in records:
            rows = connection.execute(
                select(*_ENTRY).where(col(FormerAudit.record) == record, *within)
            )
            found.extend(rows)
        yield from sorted(found, key=lambda row: int(row.seq))


def _checkpoints(
    connection: Connection, keys: KeySet, base: str, now: datetime
) -> tuple[dict[int, str], int]:
    """The signed hashes by number, and the first that is signed by nobody known (0: none)."""
    signed: dict[int, str] = {}
    statement = select(col(FormerAuditCheckpoint.seq), col(FormerAuditCheckpoint.signed))
    for seq, text in connection.execute(statement.order_by(col(FormerAuditCheckpoint.seq))):
        try:
            claims = decode_jwt("audit_checkpoint", text, keys, issuer=base, audience=None, now=now)
        except JoseError:
            return signed, int(seq)
        if claims.get("seq") != seq:
            return signed, int(seq)
        signed[seq] = str(claims.get("hash"))
    return signed, 0
