"""The AS's own history of an owner's sharing: who asked, what was issued, what she changed."""

from collections.abc import Collection

from sqlalchemy import BigInteger, Text, select
from sqlalchemy.orm import Session
from sqlmodel import Field

from as_server.db import Table

EVENTS = (
    "issued",
    "denied",
    "turned_away",
    "asked",
    "tried",
    "withdrawn",
    "told",
    "answered",
    "shared",
    "changed",
    "paused",
    "stopped",
    "linked",
    "unlinked",
    "invited",
    "accepted",
)


class AuditEntry(Table, table=True):
    """One line, written in the transaction of what it tells of. No token, no clinical content.

    `seq` rises from line to line of one owner.
    """

    __tablename__ = "audit_entry"
    __table_args__ = ({"sqlite_with_rowid": False},)

    owner: str = Field(primary_key=True)
    seq: int = Field(primary_key=True, sa_type=BigInteger)
    at: int = Field(sa_type=BigInteger)
    event: str
    party: str | None = None
    client_id: str | None = None
    rs_client_id: str | None = None
    policy: str | None = None
    purpose: str | None = None
    reason: str | None = None
    because: str = Field(default="", sa_type=Text)


COLUMNS = AuditEntry.__table__.c  # type: ignore[attr-defined]


def of_owner(
    db: Session, owner: str, before: int | None, limit: int, events: Collection[str] = ()
) -> list[AuditEntry]:
    """An owner's history, newest first, from below `before`; only of `events` where some are
    named."""
    query = select(AuditEntry).where(COLUMNS.owner == owner)
    if events:
        query = query.where(COLUMNS.event.in_(list(events)))
    if before is not None:
        query = query.where(COLUMNS.seq < before)
    return list(db.scalars(query.order_by(COLUMNS.seq.desc()).limit(limit)))
