"""Every version that a sharing policy ever had."""

from sqlalchemy import BigInteger, Text, select
from sqlalchemy.orm import Session
from sqlmodel import Field

from as_server.db import Table


class PolicyVersion(Table, table=True):
    """One line of a policy's history: what it said from then on, and through which client."""

    __tablename__ = "policy_version"

    owner: str = Field(primary_key=True)
    id: str = Field(primary_key=True)
    version: int = Field(primary_key=True)
    state: str
    at: int = Field(sa_type=BigInteger)
    by: str
    body: str = Field(sa_type=Text)


def history(db: Session, owner: str, policy_id: str) -> list[PolicyVersion]:
    """The versions of one policy, newest first."""
    columns = PolicyVersion.__table__.c  # type: ignore[attr-defined]
    query = select(PolicyVersion).where(columns.owner == owner, columns.id == policy_id)
    return list(db.scalars(query.order_by(columns.version.desc())))
