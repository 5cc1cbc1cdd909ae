"""The statements of whoever appends to a chain, prepared for a driver; each is about one record."""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, Dialect, LargeBinary, String, bindparam, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import col

from fhir_rs.audit.chain import Row
from fhir_rs.db import Table
from fhir_rs.models.audit import Audit, AuditAgents, AuditHead
from fhir_rs.models.link import Link
from heart_ground.prepared import Prepared

_AUDIT, _AGENTS, _HEAD = (
    Table.metadata.tables[str(each.__tablename__)] for each in (Audit, AuditAgents, AuditHead)
)
_RECORD: Any = bindparam("of", "", type_=String)
_HEAD_OF = select(_HEAD.c.seq, _HEAD.c.hash, _HEAD.c.signed).where(_HEAD.c.record == _RECORD)
_LAST_OF = (
    select(*(_AUDIT.c[name] for name in Row._fields))
    .where(_AUDIT.c.record == _RECORD)
    .order_by(_AUDIT.c.seq.desc())
    .limit(2)
)


class Statements(NamedTuple):
    """`held_head` and `epoch` hold what they find until the transaction ends, where others write
    too: a rise of the epoch waits, so that nothing is entered under one that has already moved.
    `begin` and `keep_agents` do nothing where the row is there.
    """

    head: Prepared
    held_head: Prepared
    last: Prepared
    epoch: Prepared
    begin: Prepared
    keep_agents: Prepared
    add: Prepared
    move: Prepared


@cache
def statements(dialect: Dialect) -> Statements:
    """Once for each engine."""
    new = postgresql.insert if dialect.name == "postgresql" else sqlite.insert
    epoch = select(col(Link.epoch)).where(col(Link.record) == _RECORD)
    move = update(_HEAD).where(_HEAD.c.record == _RECORD)
    to_seq, to_hash = bindparam("to_seq", 0, BigInteger), bindparam("to_hash", b"", LargeBinary)
    return Statements(
        Prepared(_HEAD_OF, dialect),
        Prepared(_HEAD_OF.with_for_update(), dialect),
        Prepared(_LAST_OF, dialect),
        Prepared(epoch.with_for_update(read=True), dialect),
        Prepared(
            new(_HEAD).on_conflict_do_nothing(),
            dialect,
            columns=("record", "seq", "hash", "signed"),
        ),
        Prepared(
            new(_AGENTS).on_conflict_do_nothing(), dialect, columns=("record", "digest", "said")
        ),
        Prepared(insert(_AUDIT), dialect, columns=Row._fields),
        Prepared(move.values(seq=to_seq, hash=to_hash), dialect),
    )
