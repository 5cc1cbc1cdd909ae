"""Checking the checkpoints, from the first to the newest, and what they say of each chain."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import Connection, select
from sqlmodel import col

from fhir_rs.audit.chain import Head
from fhir_rs.audit.checkpoint import NONE, ChainEnd, Checkpoint, claims, ends_of
from fhir_rs.models.audit import INSTALLATION, Audit, AuditCheckpoint
from fhir_rs.verification.finding import CHECKPOINTS, Finding
from heart_uma.jose import JoseError, KeySet, decode_jwt

_PAGE = 1_000
_COLUMNS = [AuditCheckpoint.__table__.c[name] for name in Checkpoint._fields]  # type: ignore[attr-defined]


class Checkpoints:
    """What they sign: once `check` has ended, `signed` is how far they cover each chain, and
    `whole` is True when they could all be read."""

    def __init__(self, connection: Connection, origin: Head) -> None:
        self._connection = connection
        self._origin = origin
        self.signed: dict[str, int] = {}
        self.whole = False
        self._told: set[str] = set()

    def check(self, keys: KeySet, base: str, now: datetime) -> Iterator[Finding]:
        """The first checkpoint that does not hold, and the first of each chain that is not so.

        Seen: a checkpoint that was changed, forged or dropped; a chain that was dropped, cut and
        given another head, or put together anew.
        """
        before = NONE
        for number, kept in enumerate(self._kept(), 1):
            if kept.number != number:
                yield Finding(CHECKPOINTS, number, f"checkpoint {number} is missing")
                return
            try:
                said = decode_jwt(
                    "audit_checkpoint", kept.signed, keys, issuer=base, audience=None, now=now
                )
                ends = ends_of(kept.ends)
            except (JoseError, ValueError, TypeError):
                words = f"checkpoint {number} is not signed by this server"
                yield Finding(CHECKPOINTS, number, words)
                return
            if said != {"iss": base, **claims(number, kept.at, ends, before)}:
                words = f"checkpoint {number} does not say what was signed, or not after this one"
                yield Finding(CHECKPOINTS, number, words)
                return
            before = kept.signed
            for end in ends:
                yield from self._compared(end, number)
        self.whole = True

    def _compared(self, end: ChainEnd, number: int) -> Iterator[Finding]:
        """The entry that was signed, with the one that is there now."""
        record, seq, signed = end
        if record == INSTALLATION and seq == self._origin.seq:
            there: bytes | None = self._origin.hash
        else:
            self.signed[record] = seq
            wanted = (col(Audit.record) == record, col(Audit.seq) == seq)
            there = self._connection.scalar(select(col(Audit.hash)).where(*wanted))
        if (there is not None and there.hex() == signed) or record in self._told:
            return
        self._told.add(record)
        what = "is missing" if there is None else "is not the one that was signed"
        yield Finding(record, seq, f"entry {seq} {what} (checkpoint {number})")

    def _kept(self) -> Iterator[Checkpoint]:
        after = -(2**62)
        number = col(AuditCheckpoint.number)
        while True:
            some = select(*_COLUMNS).where(number > after).order_by(number).limit(_PAGE)
            page = self._connection.execute(some).all()
            yield from (Checkpoint(*row) for row in page)
            if len(page) < _PAGE:
                return
            after = page[-1].number
