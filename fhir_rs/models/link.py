"""link: the owner of a record at her authorization server, and the sealed PAT (FedAuthz 1.3)."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Dialect,
    Engine,
    Index,
    String,
    bindparam,
    delete,
    insert,
    select,
    update,
)
from sqlmodel import Field, col

from fhir_rs.db import Table
from heart_ground.prepared import Prepared


class Link(Table, table=True):
    """One record's owner: (`issuer`, `sub`) is the only mapping between a record and a person."""

    __tablename__ = "link"
    __table_args__ = (Index("link_owner", "issuer", "sub"),)

    record: str = Field(primary_key=True)
    issuer: str
    sub: str
    client_id: str
    tokens: str
    """PAT and refresh token, sealed."""
    pat_exp: int = Field(sa_type=BigInteger)
    epoch: int = Field(default=0, sa_type=BigInteger)
    """The owner's newest epoch this server heard of; it only rises."""
    connected: bool = True
    """False once the authorization server refused the PAT and its refresh token."""
    catalogue: str = ""
    """Digest of the descriptions registered last; another one means: register again."""
    linked_at: int = Field(sa_type=BigInteger)


@dataclass(frozen=True, slots=True)
class Linked:
    """A link as read for one request; `owner_key` names its owner in leases."""

    record: str
    issuer: str
    sub: str
    client_id: str
    tokens: str
    pat_exp: int
    epoch: int
    connected: bool
    catalogue: str

    @property
    def owner_key(self) -> str:
        """A short name of (issuer, sub)."""
        return hashlib.sha256(f"{self.issuer} {self.sub}".encode()).hexdigest()[:32]


_FIELDS = (
    col(Link.record), col(Link.issuer), col(Link.sub), col(Link.client_id), col(Link.tokens),
    col(Link.pat_exp), col(Link.epoch), col(Link.connected), col(Link.catalogue),
)  # fmt: skip
_BY_RECORD = select(*_FIELDS).where(col(Link.record) == bindparam("record", "", type_=String))


def find(connection: Connection, record: str) -> Linked | None:
    """The link of a record, or None while nobody has linked it."""
    row = connection.execute(_BY_RECORD, {"record": record}).one_or_none()
    return Linked(*row) if row else None


def find_fast(engine: Engine, record: str) -> Linked | None:
    """As `find`, for the guard: every request begins with it."""
    row = _by_record(engine.dialect).first(engine, record=record)
    return Linked(*row) if row else None


@cache
def _by_record(dialect: Dialect) -> Prepared:
    return Prepared(_BY_RECORD, dialect)


def all_records(connection: Connection) -> list[str]:
    """Every linked record."""
    return list(connection.scalars(select(col(Link.record)).order_by(col(Link.record))))


def store(connection: Connection, link: Link) -> None:
    """Write a new link of a record, in place of an older one.

    A PAT is unique to owner, resource server and authorization server (FedAuthz 1.3): the
    owner's other records here go on with the new one.
    """
    connection.execute(delete(Link).where(col(Link.record) == link.record))
    connection.execute(insert(Link).values(**link.model_dump()))
    keep_tokens(connection, link.issuer, link.sub, link.tokens, link.pat_exp)


def keep_tokens(connection: Connection, issuer: str, sub: str, tokens: str, pat_exp: int) -> None:
    """Store an owner's new tokens."""
    renewed = update(Link).values(tokens=tokens, pat_exp=pat_exp, connected=True)
    for record in of_owner(connection, issuer, sub):
        connection.execute(renewed.where(*_of(record, issuer, sub)))


def of_owner(connection: Connection, issuer: str, sub: str) -> list[str]:
    """An owner's records here, always in the same order: she has few."""
    hers = (col(Link.issuer) == issuer, col(Link.sub) == sub)
    rows = connection.scalars(select(col(Link.record)).where(*hers).order_by(col(Link.record)))
    return list(rows)


def _of(record: str, issuer: str, sub: str) -> tuple[ColumnElement[bool], ...]:
    return (col(Link.record) == record, col(Link.issuer) == issuer, col(Link.sub) == sub)


def disconnect(connection: Connection, issuer: str, sub: str, tokens: str) -> None:
    """Mark an owner's links dead, unless the tokens were renewed meanwhile."""
    dead = update(Link).where(col(Link.tokens) == tokens).values(connected=False)
    for record in of_owner(connection, issuer, sub):
        connection.execute(dead.where(*_of(record, issuer, sub)))


def mark_registered(connection: Connection, record: str, catalogue: str) -> None:
    """Remember which descriptions the authorization server holds."""
    connection.execute(update(Link).where(col(Link.record) == record).values(catalogue=catalogue))
