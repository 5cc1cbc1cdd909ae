"""The tables of the chain, as one transaction that appends to it reads and writes them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple, Protocol

from sqlalchemy import Connection, bindparam, insert, select, update

from fhir_rs.db import Table
from fhir_rs.models.audit import Audit, AuditCheckpoint, AuditHead
from fhir_rs.models.epoch import epochs_of

_AUDIT, _HEAD, _CHECKPOINT = (
    Table.metadata.tables[str(each.__tablename__)] for each in (Audit, AuditHead, AuditCheckpoint)
)
HEAD = select(_HEAD.c.seq, _HEAD.c.hash, _HEAD.c.checkpoint_seq, _HEAD.c.checkpoint_at).where(
    _HEAD.c.id == 1
)
LOCKED_HEAD = HEAD.with_for_update()
MOVE_HEAD = (
    update(_HEAD)
    .where(_HEAD.c.id == 1)
    .values(
        seq=bindparam("to_seq"),
        hash=bindparam("to_hash"),
        checkpoint_seq=bindparam("to_checkpoint"),
        checkpoint_at=bindparam("to_checkpoint_at"),
    )
)
ADD, SIGN = insert(_AUDIT), insert(_CHECKPOINT)


class Head(NamedTuple):
    """The end of the chain, and where it was signed last."""

    seq: int
    hash: str
    checkpoint_seq: int
    checkpoint_at: int


class Row(NamedTuple):
    """An entry in its place, as `models/audit.py` describes it."""

    seq: int
    at: int
    record: str
    actor: str
    outcome: str
    event: str
    hash: str = ""


class Ledger(Protocol):
    """What whoever appends asks of its transaction.

    `look` gives the end of the chain, held until the transaction ends, and the epochs of the owners
    of these records, held as well; `append` adds entries, makes `head` the end, and keeps the
    checkpoint that was signed for it, if there is one.
    """

    def look(self, records: Iterable[str]) -> tuple[Head, dict[str, int]]: ...

    def append(self, rows: Sequence[Row], head: Head, signed: str | None) -> None: ...


class OnConnection:
    """The ledger on a connection of SQLAlchemy's: any database, any transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def look(self, records: Iterable[str]) -> tuple[Head, dict[str, int]]:
        """The end of the chain first: it is what appenders wait for."""
        head = Head(*self._connection.execute(LOCKED_HEAD).one())
        wanted = list(records)
        return head, epochs_of(self._connection, wanted) if wanted else {}

    def append(self, rows: Sequence[Row], head: Head, signed: str | None) -> None:
        """Entries, checkpoint, end."""
        self._connection.execute(ADD, [row._asdict() for row in rows])
        if signed is not None:
            self._connection.execute(SIGN, {"seq": head.seq, "signed": signed})
        self._connection.execute(MOVE_HEAD, moved(head))


def moved(head: Head) -> dict[str, Any]:
    """The parameters of `MOVE_HEAD`."""
    return {
        "to_seq": head.seq,
        "to_hash": head.hash,
        "to_checkpoint": head.checkpoint_seq,
        "to_checkpoint_at": head.checkpoint_at,
    }
