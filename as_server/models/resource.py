"""What a resource server registered for an owner (FedAuthz 3): one slice of one record."""

import json
import secrets
from typing import Any

from sqlalchemy import BigInteger, Index, Text, delete, select
from sqlalchemy.orm import Session
from sqlmodel import Field

from as_server.db import Table


class Resource(Table, table=True):
    """`description` is what the RS sent, word for word; columns repeat what decisions need.

    `owner` and `client_id` come from the PAT, never from the body: together with the id they are
    the key of every query, so a foreign id is an unknown id (FedAuthz 1.3). `pat_family`
    is the consent it was registered under: unlinking the record ends that consent.
    """

    __tablename__ = "resource"
    __table_args__ = (Index("resource_owner_client", "owner", "client_id"),)

    owner: str = Field(primary_key=True)
    id: str = Field(primary_key=True)
    client_id: str
    pat_family: str
    fhir_type: str
    kind: str
    record: str
    name: str
    scopes: str = Field(sa_type=Text)
    description: str = Field(sa_type=Text)
    created_at: int = Field(sa_type=BigInteger)
    updated_at: int = Field(sa_type=BigInteger)

    @property
    def members(self) -> dict[str, Any]:
        members: dict[str, Any] = json.loads(self.description)
        return members


COLUMNS = Resource.__table__.c  # type: ignore[attr-defined]


def new_id() -> str:
    """A fresh `_id`: random, so that nothing attaches to a re-registered resource."""
    return secrets.token_urlsafe(16)


def of_server(db: Session, owner: str, client_id: str) -> list[str]:
    """The ids this RS registered for this owner, oldest first (FedAuthz 3.2.5)."""
    query = (
        select(COLUMNS.id)
        .where(COLUMNS.owner == owner, COLUMNS.client_id == client_id)
        .order_by(COLUMNS.created_at, COLUMNS.id)
    )
    return list(db.scalars(query))


def one(db: Session, owner: str, client_id: str, resource_id: str) -> Resource | None:
    """A registration of this owner at this RS; None for any other, as for an unknown id."""
    query = select(Resource).where(
        COLUMNS.id == resource_id, COLUMNS.owner == owner, COLUMNS.client_id == client_id
    )
    return db.scalars(query).first()


def of_owner(db: Session, owner: str) -> list[Resource]:
    """Everything registered for an owner, record by record."""
    query = select(Resource).where(COLUMNS.owner == owner)
    return list(db.scalars(query.order_by(COLUMNS.record, COLUMNS.created_at, COLUMNS.id)))


def servers_of(db: Session, owner: str) -> list[str]:
    """The client ids of the resource servers that hold something of this owner."""
    query = select(COLUMNS.client_id).where(COLUMNS.owner == owner).distinct()
    return sorted(db.scalars(query))


def owners_at(db: Session, client_id: str) -> list[str]:
    """The owners of whom a resource server holds something."""
    return sorted(
        db.scalars(select(COLUMNS.owner).where(COLUMNS.client_id == client_id).distinct())
    )


def remove(db: Session, owner: str, record: str, client_id: str = "") -> None:
    """Forget every registration of one record, or what a resource server registered of none."""
    which = COLUMNS.record == record if record else COLUMNS.client_id == client_id
    db.execute(delete(Resource).where(COLUMNS.owner == owner, COLUMNS.record == record, which))
