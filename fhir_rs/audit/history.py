"""The entries of one record as they are read again, newest first, in whichever chain they are.

Numbers in a record's own chain go on where the former chain of all records ended: the newest are
there, and a number names one entry.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from sqlalchemy import Connection, Select, and_, select
from sqlmodel import col

from fhir_rs.audit.compact import rendered
from fhir_rs.models.audit import Audit, AuditAgents
from fhir_rs.models.former_audit import FormerAudit


class Entered(NamedTuple):
    """An entry, with its AuditEvent as JSON text."""

    seq: int
    actor: str
    outcome: str
    event: str


def page(
    connection: Connection,
    record: str,
    most: int,
    *,
    before: int | None = None,
    actor: str | None = None,
) -> list[Entered]:
    """The newest entries of `record`, or the newest `before` that number; `actor` narrows them."""
    agents = and_(
        col(AuditAgents.record) == col(Audit.record), col(AuditAgents.digest) == col(Audit.agents)
    )
    kept: Select[Any] = select(*_named(Audit), col(AuditAgents.said), col(Audit.what))
    newest = _newest(kept.outerjoin(AuditAgents, agents), Audit, record, most, before, actor)
    found = [
        Entered(seq, by, outcome, rendered(by, outcome, said or "", what))
        for seq, by, outcome, said, what in connection.execute(newest)
    ]
    if len(found) < most:
        whole: Select[Any] = select(*_named(FormerAudit), col(FormerAudit.event))
        older = _newest(whole, FormerAudit, record, most - len(found), before, actor)
        found += map(Entered._make, connection.execute(older).all())
    return found


def _named(table: type[Audit] | type[FormerAudit]) -> tuple[Any, ...]:
    return (col(table.seq), col(table.actor), col(table.outcome))


def _newest(
    entries: Select[Any],
    table: type[Audit] | type[FormerAudit],
    record: str,
    most: int,
    before: int | None,
    actor: str | None,
) -> Select[Any]:
    wanted = entries.where(col(table.record) == record)
    if before is not None:
        wanted = wanted.where(col(table.seq) < before)
    if actor is not None:
        wanted = wanted.where(col(table.actor) == actor)
    return wanted.order_by(col(table.seq).desc()).limit(most)
