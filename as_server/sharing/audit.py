"""Writing the AS's history of an owner's sharing, in the transaction of what it tells of."""

from sqlalchemy import insert

from as_server.models.audit import COLUMNS, AuditEntry
from as_server.work import Work
from heart_ground.statement import Statement

_INSERT = Statement(
    insert(AuditEntry.__table__),  # type: ignore[attr-defined]
    columns=[column.name for column in COLUMNS if column.name != "seq"],
)


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
    _INSERT.run(work.connection, **line)
