"""audit: the hash chain, its head, its signed checkpoints, and counts of challenges."""

from __future__ import annotations

from sqlalchemy import BigInteger, Index
from sqlmodel import Field

from fhir_rs.db import Table


class Audit(Table, table=True):
    """One entry; `hash` covers everything before it. `seq` has no gaps."""

    __tablename__ = "audit"
    __table_args__ = (Index("audit_record", "record", "seq"),)

    seq: int = Field(
        primary_key=True, sa_type=BigInteger, sa_column_kwargs={"autoincrement": False}
    )
    at: int = Field(sa_type=BigInteger)
    """Microseconds since 1970, UTC."""
    record: str
    actor: str
    """`person`, `system` or `owner`."""
    outcome: str
    """`shown`, `nothing`, `counted`, `confirmed`, `turned_away` or `refused`."""
    event: str
    """The FHIR AuditEvent, as JSON text."""
    hash: str


class AuditHead(Table, table=True):
    """The end of the chain; the one row that appenders lock."""

    __tablename__ = "audit_head"

    id: int = Field(primary_key=True)
    seq: int = Field(sa_type=BigInteger)
    hash: str
    checkpoint_seq: int = Field(sa_type=BigInteger)
    checkpoint_at: int = Field(sa_type=BigInteger)


class AuditCheckpoint(Table, table=True):
    """A signed statement that entry `seq` had the hash it has."""

    __tablename__ = "audit_checkpoint"

    seq: int = Field(
        primary_key=True, sa_type=BigInteger, sa_column_kwargs={"autoincrement": False}
    )
    signed: str


class ChallengeCount(Table, table=True):
    """Requests that a record answered without an entry each, per hour; best effort.

    They are tokenless ones, answered with a ticket, and what was too much (429).
    """

    __tablename__ = "challenge_count"

    record: str = Field(primary_key=True)
    hour: int = Field(primary_key=True, sa_type=BigInteger)
    count: int = Field(sa_type=BigInteger)
