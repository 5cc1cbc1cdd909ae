"""Checking the audit chain from its first entry to its head (`heart-uma audit verify`)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import Connection, Engine, select
from sqlmodel import col

from fhir_rs.audit.chain import FIRST, link_hash
from fhir_rs.db import snapshot
from fhir_rs.models.audit import Audit, AuditCheckpoint, AuditHead
from heart_uma.jose import JoseError, KeySet, decode_jwt

_PAGE = 5_000
_COLUMNS = (
    col(Audit.seq),
    col(Audit.at),
    col(Audit.record),
    col(Audit.actor),
    col(Audit.outcome),
    col(Audit.event),
    col(Audit.hash),
)


def _rows(connection: Connection) -> Iterator[dict[str, object]]:
    after = -(2**62)
    while True:
        page = connection.execute(
            select(*_COLUMNS).where(col(Audit.seq) > after).order_by(col(Audit.seq)).limit(_PAGE)
        ).all()
        for row in page:
            yield dict(row._mapping)
        if len(page) < _PAGE:
            return
        after = page[-1].seq


def _checkpoints(
    connection: Connection, keys: KeySet, base: str, now: datetime
) -> tuple[dict[int, str], int | None]:
    """The signed hashes by seq, and the first checkpoint whose signature does not hold."""
    signed: dict[int, str] = {}
    statement = select(col(AuditCheckpoint.seq), col(AuditCheckpoint.signed))
    for seq, text in connection.execute(statement.order_by(col(AuditCheckpoint.seq))):
        try:
            claims = decode_jwt("audit_checkpoint", text, keys, issuer=base, audience=None, now=now)
        except JoseError:
            return signed, int(seq)
        if claims.get("seq") != seq:
            return signed, int(seq)
        signed[seq] = str(claims.get("hash"))
    return signed, None


def verify(engine: Engine, keys: KeySet, base: str, now: datetime) -> int | None:
    """The first sequence number that does not hold, or None when the whole chain does.

    Seen: a changed, removed, inserted or reordered entry, a cut tail, a checkpoint that is forged
    or names another hash, and an older database put back under newer checkpoints.
    """
    with snapshot(engine) as connection:
        checkpoints, forged = _checkpoints(connection, keys, base, now)
        seq, chain_hash = 0, FIRST
        for row in _rows(connection):
            seq += 1
            if row["seq"] != seq or row["hash"] != link_hash(chain_hash, row):
                return seq
            chain_hash = str(row["hash"])
            if checkpoints.get(seq, chain_hash) != chain_hash or seq == forged:
                return seq
        head = connection.execute(
            select(col(AuditHead.seq), col(AuditHead.hash)).where(col(AuditHead.id) == 1)
        ).one_or_none()
        if head is None or head.seq != seq or head.hash != chain_hash:
            return seq + 1
        if forged is not None or any(signed > seq for signed in checkpoints):
            return seq + 1
    return None
