"""The tables that a checkpoint is made from and kept in; each chain is asked for by its record."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, bindparam, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import col

from fhir_rs.audit.chain import End, end_of
from fhir_rs.audit.checkpoint import Checkpoint, ends_of
from fhir_rs.audit.statements import statements
from fhir_rs.db import Table
from fhir_rs.models.audit import AuditCheckpoint, AuditHead
from fhir_rs.models.record import Record
from heart_ground.statement import Statement

_CHECKPOINT, _HEAD = (
    Table.metadata.tables[str(each.__tablename__)] for each in (AuditCheckpoint, AuditHead)
)
_COLUMNS = tuple(_CHECKPOINT.c[name] for name in Checkpoint._fields)
_NEWEST = Statement(select(*_COLUMNS).order_by(_CHECKPOINT.c.number.desc()).limit(1))
_COVER = Statement(
    update(_HEAD)
    .where(_HEAD.c.record == bindparam("of"), _HEAD.c.signed < bindparam("to"))
    .values(signed=bindparam("to"))
)


def _add(dialect: str) -> Any:
    insert = postgresql.insert if dialect == "postgresql" else sqlite.insert
    return insert(_CHECKPOINT).on_conflict_do_nothing().returning(_CHECKPOINT.c.number)


_ADD = Statement(_add, columns=Checkpoint._fields)


def newest(connection: Connection) -> Checkpoint | None:
    """The last checkpoint that was made."""
    found = _NEWEST.first(connection)
    return None if found is None else Checkpoint(*found)


def add(connection: Connection, made: Checkpoint) -> bool:
    """Keep a checkpoint and mark what it covers; False where another one has its number."""
    if _ADD.first(connection, **made._asdict()) is None:
        return False
    for end in ends_of(made.ends):
        _COVER.run(connection, of=end.record, to=end.seq)
    return True


def records(connection: Connection) -> list[str]:
    """Every record of this server."""
    return list(connection.scalars(select(col(Record.id))))


def unsigned(connection: Connection, record: str) -> End | None:
    """Where the chain of `record` ends; None where a checkpoint has signed that."""
    ask = statements(connection.dialect)
    head = next(iter(ask.head.rows(connection, {"of": record})), None)
    if head is not None and head.seq == head.signed:
        return None
    return end_of(head, ask.last.rows(connection, {"of": record}))
