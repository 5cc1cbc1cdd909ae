"""Persisted claims: what a person let this server remember for one client (Grant 3.3.5, 5.2).

The client holds a token for it (PCT). Only the hash of that is here, and what was told is sealed
under the token itself: who has this database alone reads none of it.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import BigInteger, Connection, Text, bindparam, delete, func, insert, select, update
from sqlalchemy.orm import Session
from sqlmodel import Field

from as_server.db import Table, delete_some
from as_server.models.token import hash_of
from as_server.owner_seal import OwnerSeals
from heart_ground.statement import Statement
from heart_uma.sealing import SealError, open_sealed, seal

LIFETIME = 30 * 86_400
REPEATED = 30
"""Seconds in which an exchanged one counts once more: an app asks several records at once."""


class PersistedClaims(Table, table=True):
    """`owner` is the person who told it: hers are these claims, whosever records she asks for."""

    __tablename__ = "persisted_claims"
    __table_args__ = ({"sqlite_with_rowid": False},)

    owner: str = Field(primary_key=True)
    hash: str = Field(primary_key=True)
    client_id: str
    sealed: str = Field(sa_type=Text)
    expires_at: int = Field(sa_type=BigInteger, index=True)
    rotated_at: int | None = Field(default=None, sa_type=BigInteger)


@dataclass(frozen=True, slots=True)
class Remembered:
    """What a person told before; it ends when it would have, however often it is exchanged."""

    purpose: str
    reason: str | None
    expires_at: int


CLAIMS = PersistedClaims.__table__  # type: ignore[attr-defined]
COLUMNS = CLAIMS.c
_HERS = (COLUMNS.owner == bindparam("of_owner"), COLUMNS.hash == bindparam("presented"))
_PUT = Statement(insert(CLAIMS), columns=COLUMNS.keys())
_FIND = Statement(select(*COLUMNS).where(*_HERS))
# One atomic UPDATE: of two that exchange it, in any number of processes, one finds it unexchanged.
_ROTATE = Statement(
    update(CLAIMS)
    .where(*_HERS, COLUMNS.rotated_at.is_(None))
    .values(rotated_at=bindparam("moment"))
    .returning(COLUMNS.hash)
)
_REVOKE = Statement(delete(CLAIMS).where(*_HERS, COLUMNS.client_id == bindparam("of_client")))


def keep(db: Connection, seals: OwnerSeals, owner: str, client_id: str, told: Remembered) -> str:
    """Remember it; the token exists only in the answer."""
    value = seals.new_value(owner)
    sealed = seal(value, {"purpose": told.purpose, "reason": told.reason})
    row = {"sealed": sealed, "expires_at": told.expires_at, "rotated_at": None}
    _PUT.run(db, owner=owner, hash=hash_of(value), client_id=client_id, **row)
    return value


def find(db: Connection, owner: str, value: str, client_id: str, now: int) -> Remembered | None:
    """What this token stands for; None for another person's, another client's, an ended one, one
    that was exchanged a while ago, and one that nobody issued: all the same."""
    row = _FIND.first(db, of_owner=owner, presented=hash_of(value))
    if row is None or row.client_id != client_id or row.expires_at <= now:
        return None
    if row.rotated_at is not None and row.rotated_at + REPEATED <= now:
        return None
    try:
        told = open_sealed(value, row.sealed)
    except SealError:
        return None
    return Remembered(told["purpose"], told["reason"], row.expires_at)


def rotate(db: Connection, owner: str, value: str, now: int) -> bool:
    """True for the one caller who exchanges it."""
    return _ROTATE.first(db, of_owner=owner, presented=hash_of(value), moment=now) is not None


def revoke(db: Connection, owner: str, value: str, client_id: str) -> None:
    """Its client gives it back (RFC 7009)."""
    _REVOKE.run(db, of_owner=owner, presented=hash_of(value), of_client=client_id)


def clients_of(db: Session, owner: str, now: int) -> dict[str, int]:
    """The clients that something is remembered for, each with the time since when."""
    query = (
        select(COLUMNS.client_id, func.min(COLUMNS.expires_at) - LIFETIME)
        .where(COLUMNS.owner == owner, COLUMNS.expires_at > now)
        .group_by(COLUMNS.client_id)
    )
    return {client_id: since for client_id, since in db.execute(query)}


def forget(db: Session, owner: str, client_id: str | None = None) -> None:
    """Forget what a person let this server remember, for one client or for all."""
    hers = [COLUMNS.owner == owner]
    if client_id is not None:
        hers.append(COLUMNS.client_id == client_id)
    db.execute(delete(CLAIMS).where(*hers))


def forget_client(db: Session, client_id: str) -> None:
    """Forget whatever was remembered for a client."""
    db.execute(delete(CLAIMS).where(COLUMNS.client_id == client_id))


def purge(db: Session, before: int) -> bool:
    """Forget some that ended; True when there are more."""
    return delete_some(db, PersistedClaims, COLUMNS.expires_at < before)
