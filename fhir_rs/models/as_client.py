"""as_client: this server as a client of an authorization server, with its keys (FedAuthz 1.5)."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import BigInteger, Connection, select, update
from sqlmodel import Field, col

from fhir_rs.db import Table


class AsClient(Table, table=True):
    """One authorization server that some patient chose."""

    __tablename__ = "as_client"

    issuer: str = Field(primary_key=True)
    client_id: str
    document: str
    """Its metadata document, JSON."""
    jwks: str
    """Its public keys, JSON; enough to check an event while it does not answer."""
    read_at: int = Field(sa_type=BigInteger)


@dataclass(frozen=True, slots=True)
class Registered:
    """An authorization server as read for one request."""

    issuer: str
    client_id: str
    document: str
    jwks: str
    read_at: int


def find(connection: Connection, issuer: str) -> Registered | None:
    """The client registration at `issuer`, or None before the first link."""
    row = connection.execute(
        select(
            col(AsClient.issuer),
            col(AsClient.client_id),
            col(AsClient.document),
            col(AsClient.jwks),
            col(AsClient.read_at),
        ).where(col(AsClient.issuer) == issuer)
    ).one_or_none()
    return Registered(*row) if row else None


def refresh(connection: Connection, issuer: str, document: str, jwks: str, now: int) -> None:
    """Store metadata and keys read again."""
    connection.execute(
        update(AsClient)
        .where(col(AsClient.issuer) == issuer)
        .values(document=document, jwks=jwks, read_at=now)
    )
