"""Writing the AS's history of an owner's sharing, in the transaction of what it tells of."""

from typing import Any

from sqlalchemy import bindparam, func, insert, literal_column, select

from as_server.models.audit import COLUMNS, AuditEntry
from as_server.work import Work
from heart_ground.statement import Statement


def _insert(dialect: str) -> Any:
    """PostgreSQL numbers lines itself, so that no owner's two grants wait for each other; SQLite,
    where one writes at a time, after the newest line of the owner."""
    line = insert(AuditEntry.__table__).inline()  # type: ignore[attr-defined]
    if dialect == "postgresql":
        return line.values(seq=literal_column("DEFAULT"))
    before = AuditEntry.__table__.alias("before").c  # type: ignore[attr-defined]
    last = select(func.max(before.seq)).where(before.owner == bindparam("of_owner"))
    return line.values(seq=func.coalesce(last.scalar_subquery(), 0) + 1)


_INSERT = Statement(_insert, columns=[column.name for column in COLUMNS if column.name != "seq"])


def record(
    work: Work,
    event: str,
    owner: str,
    *,
    party: str | None = None,
    client_id: str | None = None,
    rs_client_id: str | None = None,
    policy: str | None = None,
    purpose: str | None = None,
    reason: str | None = None,
    because: str = "",
) -> None:
    """Note one event of an owner; `because` is the sentence that explains it (policy/explain)."""
    line = {
        "owner": owner,
        "at": work.now,
        "event": event,
        "party": party,
        "client_id": client_id,
        "rs_client_id": rs_client_id,
        "policy": policy,
        "purpose": purpose,
        "reason": reason,
        "because": because,
    }
    _INSERT.run(work.connection, of_owner=owner, **line)
