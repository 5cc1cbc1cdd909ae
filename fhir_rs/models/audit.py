"""audit: a hash chain of entries for each record, the end of each, and signed checkpoints of all.

What belongs to no record is in the chain INSTALLATION; no record has such an id.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, LargeBinary
from sqlmodel import Field

from fhir_rs.db import Table
from fhir_rs.models.resource import GIVEN

INSTALLATION = "installation"
_IN_ITS_KEY = {"sqlite_with_rowid": False}


class Audit(Table, table=True):
    """One entry; `hash` covers everything before it in its chain. `seq` has no gaps in it."""

    __tablename__ = "audit"
    __table_args__ = _IN_ITS_KEY

    record: str = Field(primary_key=True)
    seq: int = Field(primary_key=True, sa_type=BigInteger, sa_column_kwargs=GIVEN)
    at: int = Field(sa_type=BigInteger)
    """When it was written: microseconds since 1970, UTC."""
    actor: str
    """`person`, `system` or `owner`."""
    outcome: str
    """`shown`, `nothing`, `counted`, `confirmed`, `turned_away` or `refused`."""
    agents: bytes = Field(sa_type=LargeBinary)
    """The digest of its row in audit_agents."""
    what: str
    """The rest of its event (audit/compact.py)."""
    hash: bytes = Field(sa_type=LargeBinary)


class AuditAgents(Table, table=True):
    """Who took part, for what and by which rules: kept once for all entries that say the same."""

    __tablename__ = "audit_agents"
    __table_args__ = _IN_ITS_KEY

    record: str = Field(primary_key=True)
    digest: bytes = Field(primary_key=True, sa_type=LargeBinary)
    """SHA-256 of `said`: each entry's hash covers it, and so all of this row."""
    said: str


class AuditHead(Table, table=True):
    """The end of a chain; the one row that its appenders lock."""

    __tablename__ = "audit_head"
    __table_args__ = _IN_ITS_KEY

    record: str = Field(primary_key=True)
    seq: int = Field(sa_type=BigInteger)
    hash: bytes = Field(sa_type=LargeBinary)
    signed: int = Field(sa_type=BigInteger)
    """How far checkpoints cover it."""


class AuditCheckpoint(Table, table=True):
    """Signed: these chains had these ends, and this is the checkpoint before."""

    __tablename__ = "audit_checkpoint"

    number: int = Field(primary_key=True, sa_type=BigInteger, sa_column_kwargs=GIVEN)
    at: int = Field(sa_type=BigInteger)
    """Seconds since 1970."""
    ends: str
    """As JSON: [record, seq, hash] of each chain that had moved, in the order of the records."""
    signed: str
