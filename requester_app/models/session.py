"""Who is signed in on which browser."""

from __future__ import annotations

from sqlalchemy import BigInteger, Text, update
from sqlalchemy.orm import Session
from sqlmodel import Field

from requester_app.db import Table


class BrowserSession(Table, table=True):
    """One signed-in browser; `sealed` holds the tokens and what the ID token said."""

    __tablename__ = "session"

    id_hash: str = Field(primary_key=True, max_length=64)
    person: str = Field(index=True, max_length=64)
    name: str = Field(max_length=200)
    sealed: str = Field(sa_type=Text)
    created: int = Field(sa_type=BigInteger)
    seen: int = Field(sa_type=BigInteger)


def replace_sealed(session: Session, id_hash: str, old: str, new: str) -> bool:
    """Store refreshed tokens; False when another request of this browser was first."""
    changed = session.execute(
        update(BrowserSession)
        .where(BrowserSession.id_hash == id_hash, BrowserSession.sealed == old)  # type: ignore[arg-type]
        .values(sealed=new)
    )
    return bool(changed.rowcount == 1)  # type: ignore[attr-defined]
