"""Client assertions that were spent: one row per (client, jti) until it expires (RFC 7523 3)."""

import hashlib

from sqlalchemy import BigInteger, Connection
from sqlalchemy.orm import Session
from sqlmodel import Field

from as_server import db as database
from as_server.db import Table, delete_some


class UsedJti(Table, table=True):
    """Keyed by client too: one client cannot burn the identifiers of another."""

    __tablename__ = "used_jti"
    __table_args__ = ({"sqlite_with_rowid": False},)

    client_id: str = Field(primary_key=True)
    jti_hash: str = Field(primary_key=True)
    expires_at: int = Field(sa_type=BigInteger, index=True)


COLUMNS = UsedJti.__table__.c  # type: ignore[attr-defined]


def spend(db: Connection | Session, client_id: str, jti: str, expires_at: int) -> bool:
    """True for the first caller that presents this jti, False for every other."""
    digest = hashlib.sha256(jti.encode("utf-8", "surrogatepass")).hexdigest()
    return database.insert_if_absent(
        db, UsedJti, client_id=client_id, jti_hash=digest, expires_at=expires_at
    )


def purge(db: Session, now: int) -> bool:
    """Forget some that no assertion can use again; True when there are more."""
    return delete_some(db, UsedJti, COLUMNS.expires_at < now)
