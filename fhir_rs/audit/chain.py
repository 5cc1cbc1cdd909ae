"""A chain of entries: each hash covers the entry and the hash before it; no number is left out.

A chain is of one record. It begins where the former chain of all records ended (`Head` of its
origin), and its head is kept beside it. Nothing here reads or writes.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from fhir_rs.audit.compact import Compact

_CANONICAL = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


@dataclass(frozen=True, slots=True)
class Draft:
    """An entry before it has its place in the chain.

    `epoch` is the owner's epoch under which the answer was decided; None where no proof is used.
    """

    record: str
    actor: str
    outcome: str
    event: Compact
    epoch: int | None


class Row(NamedTuple):
    """An entry in its place, as `models/audit.py` describes it."""

    record: str
    seq: int
    at: int
    actor: str
    outcome: str
    agents: bytes
    what: str
    hash: bytes = b""


class Head(NamedTuple):
    """The end of a chain."""

    seq: int
    hash: bytes


FIRST = Head(0, bytes(32))
"""Where a chain begins if nothing was before it."""


class End(NamedTuple):
    """What is found where a chain ends: its head (None: it has none), how far checkpoints cover
    it, and its last rows, newest first, at most two."""

    head: Head | None
    signed: int
    rows: Sequence[Row]

    @property
    def is_new(self) -> bool:
        """True where nothing was ever entered."""
        return self.head is None and not self.rows

    def is_whole(self, origin: Head, reached: Head | None = None) -> bool:
        """True when the head is that of the last row, the last row what its hash says, and the
        chain as long as it is known to have been: so far as it was signed, and to `reached`."""
        reached = reached or origin
        if self.head is None or self.head.seq < max(self.signed, reached.seq):
            return False
        if self.head.seq == reached.seq and self.head != reached:
            return False
        if not self.rows:
            return self.head == origin
        last, *before = self.rows
        previous = Head(before[0].seq, before[0].hash) if before else origin
        follows = last.seq == previous.seq + 1 and last.hash == link_hash(previous.hash, last)
        return follows and self.head == (last.seq, last.hash)


def end_of(head: Sequence[Any] | None, last: Iterable[Sequence[Any]]) -> End:
    """The end of a chain from what a database gave: its head with how far it is signed, its last
    rows."""
    rows = [Row(*row) for row in last]
    return End(None, 0, rows) if head is None else End(Head(*head[:2]), head[2], rows)


def link_hash(previous: bytes, row: Row) -> bytes:
    """SHA-256 over the hash before it and the row as canonical JSON, the agents by their digest."""
    record, seq, at, actor, outcome, agents, what, _ = row
    canonical = _CANONICAL.encode([record, seq, at, actor, outcome, agents.hex(), what])
    return hashlib.sha256(previous + canonical.encode()).digest()


def linked(head: Head, drafts: Sequence[Draft], at: int) -> tuple[list[Row], Head]:
    """The rows of `drafts` behind `head`, and the head behind them."""
    rows: list[Row] = []
    for draft in drafts:
        event = draft.event
        row = Row(
            draft.record, head.seq + 1, at, draft.actor, draft.outcome, event.digest, event.what
        )
        head = Head(row.seq, link_hash(head.hash, row))
        rows.append(row._replace(hash=head.hash))
    return rows, head
