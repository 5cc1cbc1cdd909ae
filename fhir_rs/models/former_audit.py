"""former_audit: the one chain of all records that was kept until each record got its own.

Nothing is added to it. Its end is where every chain of today begins, and the first checkpoint of
today signs that end.
"""

from __future__ import annotations

from sqlalchemy import BigInteger
from sqlmodel import Field

from fhir_rs.db import Table
from fhir_rs.models.resource import GIVEN


class FormerAudit(Table, table=True):
    """One entry; `hash` covers everything before it. `seq` has no gaps over all records."""

    __tablename__ = "former_audit"

    record: str = Field(primary_key=True)
    seq: int = Field(primary_key=True, sa_type=BigInteger, sa_column_kwargs=GIVEN)
    at: int = Field(sa_type=BigInteger)
    actor: str
    outcome: str
    event: str
    """The FHIR AuditEvent, as JSON text."""
    hash: str


class FormerAuditHead(Table, table=True):
    """The end of the chain, in its one row; no row where there never was such a chain."""

    __tablename__ = "former_audit_head"

    id: int = Field(primary_key=True)
    seq: int = Field(sa_type=BigInteger)
    hash: str


class FormerAuditCheckpoint(Table, table=True):
    """A signed statement that entry `seq` had the hash it has."""

    __tablename__ = "former_audit_checkpoint"

    seq: int = Field(primary_key=True, sa_type=BigInteger, sa_column_kwargs=GIVEN)
    signed: str
