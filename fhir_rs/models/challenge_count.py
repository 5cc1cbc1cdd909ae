"""challenge_count: requests that have no entry in the audit each, counted by record and hour."""

from __future__ import annotations

from sqlalchemy import BigInteger
from sqlmodel import Field

from fhir_rs.db import Table


class ChallengeCount(Table, table=True):
    """Requests that a record answered without an entry each, per hour; best effort.

    They are tokenless ones, answered with a ticket, and what was too much (429).
    """

    __tablename__ = "challenge_count"

    record: str = Field(primary_key=True)
    hour: int = Field(primary_key=True, sa_type=BigInteger)
    count: int = Field(sa_type=BigInteger)
