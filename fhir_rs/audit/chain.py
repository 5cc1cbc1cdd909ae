"""The audit chain: no disclosure without an entry on disk before it.

Entry n has `hash = SHA-256(hash of n-1 || the canonical row n)` and sequence numbers have no gap.
The head row is the lock of every appender, so several processes write one chain. Requests of one
process that arrive together share one transaction, hence one fsync (group commit).
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, func, insert, select
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlmodel import col

from fhir_rs.audit.gathering import Gathering, Waiting
from fhir_rs.audit.ledger import HEAD, Head, Ledger, OnConnection, Row
from fhir_rs.audit.own_ledger import OwnDriver
from fhir_rs.audit.piped_ledger import piped
from fhir_rs.db import snapshot, writing
from fhir_rs.errors import Unavailable
from fhir_rs.models.audit import Audit, AuditHead
from fhir_rs.models.epoch import epoch_of, epochs_of
from heart_ground import moments
from heart_ground.durable.write_turn import turn_of
from heart_uma.jose import KeySet, sign

FIRST = "0" * 64
CHECKPOINT_ROWS = 1_000
CHECKPOINT_SECONDS = 60
_HASHED = ("seq", "at", "record", "actor", "outcome", "event")
_CANONICAL = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
_log = logging.getLogger("fhir_rs.audit.chain")


class StaleProof(Exception):
    """The owner's epoch rose since the token was introspected: ask again before anything leaves."""


class AuditUnavailable(Unavailable):
    """The entry cannot be written, so nothing is disclosed."""

    text = "The audit log cannot be written, so nothing is shown."


@dataclass(frozen=True, slots=True)
class Draft:
    """An entry before it has its place in the chain.

    `epoch` is the owner's epoch under which the answer was decided; None where no proof is used.
    `event` is "" for a log that keeps no entries.
    """

    record: str
    actor: str
    outcome: str
    event: str
    epoch: int | None


def link_hash(previous: str, row: Mapping[str, object]) -> str:
    """The hash of an entry: SHA-256 over the hash before it and the row as canonical JSON."""
    canonical = _CANONICAL.encode([row[name] for name in _HASHED])
    return hashlib.sha256(f"{previous}{canonical}".encode()).hexdigest()


def checkpoint_claims(seq: int, chain_hash: str, at: int, base: str) -> dict[str, object]:
    """What a checkpoint signs."""
    return {"iss": base, "iat": at, "seq": seq, "hash": chain_hash}


def start_chain(engine: Engine) -> None:
    """Make the head row of an empty chain; another process may have been faster."""
    first = {"id": 1, "seq": 0, "hash": FIRST, "checkpoint_seq": 0, "checkpoint_at": 0}
    with suppress(IntegrityError), writing(engine) as connection:
        if connection.execute(HEAD).one_or_none() is None:
            connection.execute(insert(AuditHead).values(**first))


class AuditLog:
    """Appends entries. `keys` sign the checkpoints, `base` names this server in them."""

    keeps_entries = True
    """False for a log of which nothing is read again: then no entry need be put together."""

    def __init__(
        self, engine: Engine, keys: KeySet, base: str, clock: Callable[[], datetime]
    ) -> None:
        self._engine = engine
        self._keys = keys
        self._base = base
        self._clock = clock
        start_chain(engine)
        # A chain that lost its end is not written on: what is missing must be found first.
        self.whole = tail_is_whole(engine)
        # The log's own transactions speak to the driver itself.
        driver: Any = engine.dialect.loaded_dbapi
        self._not_written = (SQLAlchemyError, driver.Error, OSError)
        turn = turn_of(engine)
        self._own = None if turn is None else OwnDriver(engine, turn)
        self._gathering = Gathering(self._write)

    def append(self, draft: Draft) -> None:
        """Write one entry and return once it is on disk.

        Raise StaleProof when the owner's epoch is above the draft's (nothing is written then), and
        AuditUnavailable when the entry cannot be written.
        """
        self._check_whole()
        waiting = Waiting(draft, AuditUnavailable())
        self._gathering.written(waiting)
        if waiting.error is not None:
            raise waiting.error

    def _write(self, batch: Sequence[Waiting[Draft]]) -> None:
        try:
            with self._ledger() as ledger:
                stale = self._chain(ledger, [waiting.draft for waiting in batch])
        except self._not_written as error:
            _log.error("the audit log cannot be written: %s", type(error).__name__)
        else:
            for place, waiting in enumerate(batch):
                waiting.error = StaleProof() if place in stale else None

    def _ledger(self) -> AbstractContextManager[Ledger]:
        """A transaction of the log's own; on disk when the block ends."""
        return piped(self._engine) if self._own is None else self._own.transaction()

    def append_in(self, connection: Connection, draft: Draft) -> None:
        """Write one entry in the caller's transaction: the two stand or fall together.

        Raises as `append` does.
        """
        self._check_whole()
        try:
            stale = self._chain(OnConnection(connection), [draft])
        except (SQLAlchemyError, OSError) as error:
            raise AuditUnavailable from error
        if stale:
            raise StaleProof

    def _check_whole(self) -> None:
        if not self.whole:
            raise AuditUnavailable

    def _chain(self, ledger: Ledger, drafts: Sequence[Draft]) -> set[int]:
        """Append `drafts`; the places of those whose proof is stale, which are left out."""
        head, epochs = ledger.look(_proofs(drafts))
        stale = _stale(epochs, drafts)
        at = moments.microseconds(self._clock())
        seq, chain_hash = head.seq, head.hash
        rows: list[Row] = []
        for place, draft in enumerate(drafts):
            if place in stale:
                continue
            seq += 1
            row = Row(seq, at, draft.record, draft.actor, draft.outcome, draft.event)
            chain_hash = link_hash(chain_hash, row._asdict())
            rows.append(row._replace(hash=chain_hash))
        if rows:
            end = head._replace(seq=seq, hash=chain_hash)
            ledger.append(rows, *self._signed(end, at // 1_000_000))
        return stale

    def _signed(self, end: Head, now: int) -> tuple[Head, str | None]:
        """The end, and a checkpoint of it when enough was added since the last one."""
        due = (
            end.seq - end.checkpoint_seq >= CHECKPOINT_ROWS
            or now - end.checkpoint_at >= CHECKPOINT_SECONDS
        )
        if not due:
            return end, None
        claims = checkpoint_claims(end.seq, end.hash, now, self._base)
        signed = sign("audit_checkpoint", claims, self._keys)
        # The second place: a log stream that the database's owner cannot rewrite.
        _log.info("audit checkpoint %s", signed)
        return end._replace(checkpoint_seq=end.seq, checkpoint_at=now), signed


class EpochCheckOnly(AuditLog):
    """The log that is switched off: it writes nothing, and still refuses a stale proof."""

    keeps_entries = False

    def append(self, draft: Draft) -> None:
        """Raise StaleProof as the real log would."""
        if draft.epoch is not None and epoch_of(self._engine, draft.record) != draft.epoch:
            raise StaleProof

    def append_in(self, connection: Connection, draft: Draft) -> None:
        """Raise StaleProof as the real log would."""
        if _stale(epochs_of(connection, _proofs([draft])), [draft]):
            raise StaleProof


def _proofs(drafts: Sequence[Draft]) -> set[str]:
    """The records whose owners' epochs say whether these drafts still hold."""
    return {draft.record for draft in drafts if draft.epoch is not None}


def _stale(epochs: Mapping[str, int], drafts: Sequence[Draft]) -> set[int]:
    """Which drafts were decided under an epoch that is over (or a link that is gone)."""
    return {
        place
        for place, draft in enumerate(drafts)
        if draft.epoch is not None and epochs.get(draft.record) != draft.epoch
    }


def tail_is_whole(engine: Engine) -> bool:
    """True when the newest entry is the one the head names: else refuse to append."""
    with snapshot(engine) as connection:
        head = connection.execute(HEAD).one_or_none()
        last = connection.scalar(select(func.max(col(Audit.seq)))) or 0
        if head is None or head.seq != last:
            return False
        if last == 0:
            return bool(head.hash == FIRST)
        stored = connection.scalar(select(col(Audit.hash)).where(col(Audit.seq) == last))
        return bool(stored == head.hash)
