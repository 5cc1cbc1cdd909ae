"""Shares that give less since an upgrade changed the order of rules, until their owner has seen it.

Written by the migration, since nothing else changes the order; nothing wider is ever held back.
"""

from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session
from sqlmodel import Field

from as_server.db import Table


class OutcomeChange(Table, table=True):
    """One permit of an owner, and the rule that now stands before it; None for a permit for
    emergencies alone, which has to be declared."""

    __tablename__ = "outcome_change"

    owner: str = Field(primary_key=True)
    policy: str = Field(primary_key=True)
    withheld_by: str | None = None


COLUMNS = OutcomeChange.__table__.c  # type: ignore[attr-defined]


def of_owner(db: Session, owner: str) -> list[dict[str, Any]]:
    """What the owner has not seen yet, as JSON."""
    query = select(COLUMNS.policy, COLUMNS.withheld_by).where(COLUMNS.owner == owner)
    return [dict(row._mapping) for row in db.execute(query.order_by(COLUMNS.policy))]


def forget(db: Session, owner: str) -> None:
    """The owner has seen them."""
    db.execute(delete(OutcomeChange).where(COLUMNS.owner == owner))
