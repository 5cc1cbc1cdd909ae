"""Writing the AS's history of an owner's sharing, in the transaction of what it tells of."""

from sqlalchemy import insert

from as_server.context import now
from as_server.db import transaction
from as_server.models.audit import AuditEntry

_INSERT = insert(AuditEntry.__table__)  # type: ignore[attr-defined]


def record(
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
        "at": now(),
        "event": event,
        "party": party,
        "client_id": client_id,
        "rs_client_id": rs_client_id,
        "policy": policy,
        "purpose": purpose,
        "reason": reason,
        "because": because,
    }
    transaction().execute(_INSERT, line)
