"""The audit chain: no disclosure without an entry on disk before it.

Entry n has `hash = SHA-256(hash of n-1 || the canonical row n)` and sequence numbers have no gap.
The head row is the lock of every appender, so several processes write one chain. Requests of one
process that arrive together share one transaction, hence one fsync (group commit).
"""

from __future__ import annotations

import hashlib
import json
import logging
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, Row, bindparam, func, insert, select, update
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlmodel import col

from fhir_rs.db import snapshot, writing
from fhir_rs.errors import Unavailable
from fhir_rs.models.audit import Audit, AuditCheckpoint, AuditHead
from fhir_rs.models.epoch import epoch_of, epochs_of
from heart_ground import moments
from heart_uma.jose import KeySet, sign

FIRST = "0" * 64
CHECKPOINT_ROWS = 1_000
CHECKPOINT_SECONDS = 60
_log = logging.getLogger("fhir_rs.audit.chain")

_HEAD = select(
    col(AuditHead.seq),
    col(AuditHead.hash),
    col(AuditHead.checkpoint_seq),
    col(AuditHead.checkpoint_at),
).where(col(AuditHead.id) == 1)
_LOCKED_HEAD = _HEAD.with_for_update()
_MOVE_HEAD = (
    update(AuditHead)
    .where(col(AuditHead.id) == 1)
    .values(
        seq=bindparam("to_seq"),
        hash=bindparam("to_hash"),
        checkpoint_seq=bindparam("to_checkpoint"),
        checkpoint_at=bindparam("to_checkpoint_at"),
    )
)
_INSERT = insert(Audit)


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


class _Waiting:
    """A request in the queue; until its entry is on disk, its outcome is refusal."""

    __slots__ = ("done", "draft", "error")

    def __init__(self, draft: Draft) -> None:
        self.draft = draft
        self.done = False
        self.error: Exception | None = AuditUnavailable()


def link_hash(previous: str, row: dict[str, object]) -> str:
    """The hash of an entry: SHA-256 over the hash before it and the row as canonical JSON."""
    canonical = json.dumps(
        [row[name] for name in ("seq", "at", "record", "actor", "outcome", "event")],
        ensure_ascii=False,
        separators=(",", ":"),
    )
    return hashlib.sha256(f"{previous}{canonical}".encode()).hexdigest()


def checkpoint_claims(seq: int, chain_hash: str, at: int, base: str) -> dict[str, object]:
    """What a checkpoint signs."""
    return {"iss": base, "iat": at, "seq": seq, "hash": chain_hash}


def start_chain(engine: Engine) -> None:
    """Make the head row of an empty chain; another process may have been faster."""
    first = {"id": 1, "seq": 0, "hash": FIRST, "checkpoint_seq": 0, "checkpoint_at": 0}
    with suppress(IntegrityError), writing(engine) as connection:
        if connection.execute(_HEAD).one_or_none() is None:
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
        self._queue: list[_Waiting] = []
        self._queue_lock = threading.Lock()
        self._leading = threading.Lock()

    def append(self, draft: Draft) -> None:
        """Write one entry and return once it is on disk.

        Raise StaleProof when the owner's epoch is above the draft's (nothing is written then), and
        AuditUnavailable when the entry cannot be written.
        """
        self._check_whole()
        waiting = _Waiting(draft)
        with self._queue_lock:
            self._queue.append(waiting)
        # Whoever gets the lock writes for all that queued meanwhile; the rest find it done.
        with self._leading:
            if not waiting.done:
                with self._queue_lock:
                    batch, self._queue = self._queue, []
                self._write(batch)
        if waiting.error is not None:
            raise waiting.error

    def _write(self, batch: Sequence[_Waiting]) -> None:
        try:
            with writing(self._engine) as connection:
                stale = self._chain(connection, [waiting.draft for waiting in batch])
        except (SQLAlchemyError, OSError) as error:
            _log.error("the audit log cannot be written: %s", type(error).__name__)
        else:
            for place, waiting in enumerate(batch):
                waiting.error = StaleProof() if place in stale else None
        finally:
            for waiting in batch:
                waiting.done = True

    def append_in(self, connection: Connection, draft: Draft) -> None:
        """Write one entry in the caller's transaction: the two stand or fall together.

        Raises as `append` does.
        """
        self._check_whole()
        try:
            stale = self._chain(connection, [draft])
        except (SQLAlchemyError, OSError) as error:
            raise AuditUnavailable from error
        if stale:
            raise StaleProof

    def _check_whole(self) -> None:
        if not self.whole:
            raise AuditUnavailable

    def _chain(self, connection: Connection, drafts: Sequence[Draft]) -> set[int]:
        """Append `drafts`; the places of those whose proof is stale, which are left out."""
        head = connection.execute(_LOCKED_HEAD).one()
        stale = _stale(connection, drafts)
        now = self._clock()
        at = moments.microseconds(now)
        seq, chain_hash = head.seq, head.hash
        rows: list[dict[str, object]] = []
        for place, draft in enumerate(drafts):
            if place in stale:
                continue
            seq += 1
            row: dict[str, object] = {
                "seq": seq,
                "at": at,
                "record": draft.record,
                "actor": draft.actor,
                "outcome": draft.outcome,
                "event": draft.event,
            }
            chain_hash = row["hash"] = link_hash(chain_hash, row)
            rows.append(row)
        if rows:
            connection.execute(_INSERT, rows)
            moved = {"to_seq": seq, "to_hash": chain_hash}
            moved.update(self._checkpoint(connection, head, seq, chain_hash, at // 1_000_000))
            connection.execute(_MOVE_HEAD, moved)
        return stale

    def _checkpoint(
        self,
        connection: Connection,
        head: Row[*tuple[Any, ...]],
        seq: int,
        chain_hash: str,
        now: int,
    ) -> dict[str, int]:
        """Sign the chain when enough was added since the last checkpoint."""
        due = (
            seq - head.checkpoint_seq >= CHECKPOINT_ROWS
            or now - head.checkpoint_at >= CHECKPOINT_SECONDS
        )
        if not due:
            return {"to_checkpoint": head.checkpoint_seq, "to_checkpoint_at": head.checkpoint_at}
        claims = checkpoint_claims(seq, chain_hash, now, self._base)
        signed = sign("audit_checkpoint", claims, self._keys)
        connection.execute(insert(AuditCheckpoint).values(seq=seq, signed=signed))
        # The second place: a log stream that the database's owner cannot rewrite.
        _log.info("audit checkpoint %s", signed)
        return {"to_checkpoint": seq, "to_checkpoint_at": now}


class EpochCheckOnly(AuditLog):
    """The log that is switched off: it writes nothing, and still refuses a stale proof."""

    keeps_entries = False

    def append(self, draft: Draft) -> None:
        """Raise StaleProof as the real log would."""
        if draft.epoch is not None and epoch_of(self._engine, draft.record) != draft.epoch:
            raise StaleProof

    def append_in(self, connection: Connection, draft: Draft) -> None:
        """Raise StaleProof as the real log would."""
        if _stale(connection, [draft]):
            raise StaleProof


def _stale(connection: Connection, drafts: Sequence[Draft]) -> set[int]:
    """Which drafts were decided under an epoch that is over (or a link that is gone)."""
    proofs = [draft.record for draft in drafts if draft.epoch is not None]
    if not proofs:
        return set()
    epochs = epochs_of(connection, proofs)
    return {
        place
        for place, draft in enumerate(drafts)
        if draft.epoch is not None and epochs.get(draft.record) != draft.epoch
    }


def tail_is_whole(engine: Engine) -> bool:
    """True when the newest entry is the one the head names: else refuse to append."""
    with snapshot(engine) as connection:
        head = connection.execute(_HEAD).one_or_none()
        last = connection.scalar(select(func.max(col(Audit.seq)))) or 0
        if head is None or head.seq != last:
            return False
        if last == 0:
            return bool(head.hash == FIRST)
        stored = connection.scalar(select(col(Audit.hash)).where(col(Audit.seq) == last))
        return bool(stored == head.hash)
