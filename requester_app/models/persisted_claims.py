"""What a sharing service gave for what a person let it remember (Grant 3.3.5): sealed, hers alone.

Keyed by (person, issuer): whoever signs in next on the same browser has none of it (Grant 5.2).
"""

from __future__ import annotations

from sqlalchemy import Text, select
from sqlalchemy.orm import Session
from sqlmodel import Field

from requester_app.db import Table


class PersistedClaims(Table, table=True):
    """`sealed` holds the token (PCT) of one sharing service for one person."""

    __tablename__ = "persisted_claims"

    person: str = Field(primary_key=True, max_length=64)
    issuer: str = Field(primary_key=True, max_length=500)
    sealed: str = Field(sa_type=Text)


def of(session: Session, person: str) -> dict[str, str]:
    """What is kept for a person, by issuer."""
    mine = select(PersistedClaims).where(PersistedClaims.person == person)  # type: ignore[arg-type]
    return {row.issuer: row.sealed for row in session.execute(mine).scalars()}


def keep(session: Session, person: str, issuer: str, sealed: str) -> None:
    """The newest takes the place of the one before."""
    session.merge(PersistedClaims(person=person, issuer=issuer, sealed=sealed))
