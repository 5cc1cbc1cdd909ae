"""Authorization codes: 60 s, single use, bound to client, redirect URI and challenge (HO-36)."""

from typing import Any

from sqlalchemy import BigInteger, delete, select
from sqlalchemy.orm import Session
from sqlmodel import Field

from as_server import db as database
from as_server.db import Table


class AuthorizationCode(Table, table=True):
    """`hash` is the SHA-256 of the code; `family` ties everything the code will issue."""

    __tablename__ = "authorization_code"

    hash: str = Field(primary_key=True)
    family: str
    client_id: str
    account_key: str
    redirect_uri: str
    scope: str
    resource: str | None = None
    nonce: str | None = None
    code_challenge: str
    code_challenge_method: str = "S256"
    auth_time: int = Field(sa_type=BigInteger)
    acr: str = ""
    amr: str = ""
    expires_at: int = Field(sa_type=BigInteger, index=True)

    def get_redirect_uri(self) -> str:
        return self.redirect_uri

    def get_scope(self) -> str:
        return self.scope


class SpentCode(Table, table=True):
    """What a spent code began, so that presenting it again ends what it issued."""

    __tablename__ = "spent_authorization_code"

    hash: str = Field(primary_key=True)
    family: str
    expires_at: int = Field(sa_type=BigInteger, index=True)


CODES = AuthorizationCode.__table__.c  # type: ignore[attr-defined]
SPENT = SpentCode.__table__.c  # type: ignore[attr-defined]


def spend(db: Session, code_hash: str, remember_until: int) -> AuthorizationCode | None:
    """Take the code out of the table in one statement: one caller gets it, all others None."""
    statement = delete(AuthorizationCode).where(CODES.hash == code_hash).returning(*CODES)
    row = db.execute(statement).mappings().first()
    if row is None:
        return None
    values: dict[str, Any] = dict(row)
    database.insert_if_absent(
        db, SpentCode, hash=code_hash, family=values["family"], expires_at=remember_until
    )
    return AuthorizationCode(**values)


def family_of_spent(db: Session, code_hash: str) -> str | None:
    found: str | None = db.scalar(select(SPENT.family).where(SPENT.hash == code_hash))
    return found


def purge(db: Session, now: int) -> None:
    db.execute(delete(AuthorizationCode).where(CODES.expires_at < now))
    db.execute(delete(SpentCode).where(SPENT.expires_at < now))
