"""Where the chains of an installation begin: at the end of the one chain that was kept before."""

from __future__ import annotations

from sqlalchemy import Connection, select
from sqlmodel import col

from fhir_rs.audit.chain import FIRST, Head
from fhir_rs.models.former_audit import FormerAuditHead


def origin(connection: Connection) -> Head:
    """The end of the former chain; FIRST where there was none."""
    end = select(col(FormerAuditHead.seq), col(FormerAuditHead.hash))
    found = connection.execute(end.where(col(FormerAuditHead.id) == 1)).one_or_none()
    return FIRST if found is None else Head(found.seq, bytes.fromhex(found.hash))
