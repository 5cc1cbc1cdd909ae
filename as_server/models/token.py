"""Every token this server issued: a row under the SHA-256 of its string (HO-110, Grant 5.2)."""

import hashlib
from typing import Any

from sqlalchemy import BigInteger, Text, delete, select, update
from sqlalchemy.orm import Session
from sqlmodel import Field

from as_server.db import Table


class Token(Table, table=True):
    """`kind` is access, refresh or rpt; `family` is what one consent or one RPT issue began."""

    __tablename__ = "token"

    hash: str = Field(primary_key=True)
    kind: str
    jti: str = Field(unique=True)
    family: str = Field(index=True)
    client_id: str = Field(index=True)
    account_key: str = Field(index=True)
    scope: str = ""
    audience: str = ""
    # For an RPT (and the refresh token beside it): the rpt_grant row that says what was issued.
    rpt_grant: str | None = Field(default=None, index=True)
    nonce: str | None = None
    auth_time: int = Field(default=0, sa_type=BigInteger)
    acr: str = ""
    amr: str = ""
    issued_at: int = Field(sa_type=BigInteger)
    expires_at: int = Field(sa_type=BigInteger, index=True)
    # Refresh tokens only: the one resource of the consent, if it was for one (RFC 8707).
    resource: str | None = None
    revoked_at: int | None = Field(default=None, sa_type=BigInteger)
    # Refresh tokens only (DESIGN 17): when it was exchanged, whether it was repeated, and the
    # successor, sealed under the old token so that this database cannot open it.
    rotated_at: int | None = Field(default=None, sa_type=BigInteger)
    repeated_at: int | None = Field(default=None, sa_type=BigInteger)
    successor_hash: str | None = None
    successor_sealed: str | None = Field(default=None, sa_type=Text)

    @property
    def audiences(self) -> list[str]:
        return self.audience.split()

    @property
    def scopes(self) -> frozenset[str]:
        return frozenset(self.scope.split())

    def is_live(self, now: int) -> bool:
        return self.revoked_at is None and self.expires_at > now


TOKEN = Token.__table__  # type: ignore[attr-defined]
COLUMNS = TOKEN.c


def hash_of(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def by_string(db: Session, token: str) -> Token | None:
    return db.get(Token, hash_of(token))


def audience_of_grant(db: Session, rpt_grant: str) -> list[str]:
    """The audience of the RPTs issued for this grant."""
    query = (
        select(COLUMNS.audience)
        .where(COLUMNS.rpt_grant == rpt_grant, COLUMNS.kind == "rpt")
        .limit(1)
    )
    return (db.scalar(query) or "").split()


def revoke_family(db: Session, family: str, at: int) -> int:
    """End every token of one consent; returns how many were live."""
    statement = (
        update(Token)
        .where(COLUMNS.family == family, COLUMNS.revoked_at.is_(None))
        .values(revoked_at=at)
    )
    return int(db.execute(statement).rowcount)  # type: ignore[attr-defined]


def revoke_one(db: Session, token_hash: str, at: int) -> None:
    db.execute(
        update(Token)
        .where(COLUMNS.hash == token_hash, COLUMNS.revoked_at.is_(None))
        .values(revoked_at=at)
    )


def _compare_and_set(db: Session, condition: Any, values: dict[str, Any]) -> bool:
    return bool(db.execute(update(Token).where(*condition).values(**values)).rowcount == 1)  # type: ignore[attr-defined]


def rotate(db: Session, token_hash: str, at: int) -> bool:
    """Spend a refresh token; True for exactly one caller."""
    unspent = (
        COLUMNS.hash == token_hash,
        COLUMNS.kind == "refresh",
        COLUMNS.rotated_at.is_(None),
        COLUMNS.revoked_at.is_(None),
    )
    return _compare_and_set(db, unspent, {"rotated_at": at})


def repeat(db: Session, token_hash: str, at: int, window: int) -> bool:
    """Repeat a spent refresh token: once, soon, and only while its successor is unused."""
    successor = select(COLUMNS.hash).where(
        COLUMNS.rotated_at.is_(None),
        COLUMNS.revoked_at.is_(None),
    )
    repeatable = (
        COLUMNS.hash == token_hash,
        COLUMNS.revoked_at.is_(None),
        COLUMNS.rotated_at >= at - window,
        COLUMNS.repeated_at.is_(None),
        COLUMNS.successor_hash.in_(successor),
    )
    return _compare_and_set(db, repeatable, {"repeated_at": at})


def set_successor(db: Session, token_hash: str, successor_hash: str, sealed: str) -> None:
    db.execute(
        update(Token)
        .where(COLUMNS.hash == token_hash)
        .values(successor_hash=successor_hash, successor_sealed=sealed)
    )


def purge(db: Session, before: int) -> None:
    """Forget tokens that ended long ago."""
    db.execute(delete(Token).where(COLUMNS.expires_at < before))
