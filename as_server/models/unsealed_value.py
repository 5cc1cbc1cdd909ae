"""Whose a value is that does not say so itself: found by its hash alone.

Such tickets, tokens and links were issued before there were seals, or under another secret of this
service. All of them are written down when it starts under the secret that it has now. The code of
an invitation, which is typed, has no room for a seal and is written down when it is made.
"""

from typing import Any

from sqlalchemy import BigInteger, Connection, bindparam, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session
from sqlmodel import Field

from as_server import db as database
from as_server.db import Table, delete_some
from as_server.models.invitation import COLUMNS as INVITATION
from as_server.models.ticket import COLUMNS as TICKET
from as_server.models.token import COLUMNS as TOKEN
from heart_ground.statement import Statement


class UnsealedValue(Table, table=True):
    """`hash` is of a ticket, of a token, of the ticket that a family of tokens came from, or of the
    link or code of an invitation."""

    __tablename__ = "unsealed_value"
    __table_args__ = ({"sqlite_with_rowid": False},)

    hash: str = Field(primary_key=True)
    owner: str
    expires_at: int = Field(sa_type=BigInteger, index=True)


UNSEALED = UnsealedValue.__table__  # type: ignore[attr-defined]
COLUMNS = UNSEALED.c
_OWNER = Statement(select(COLUMNS.owner).where(COLUMNS.hash == bindparam("presented")))
_INTO = ["hash", "owner", "expires_at"]
# SQLite takes an ON CONFLICT after a SELECT for the ON of a join, unless there is a WHERE.
_ANY_TOKEN, _ANY_TICKET = TOKEN.hash.is_not(None), TICKET.hash.is_not(None)
_ANY_LINK = INVITATION.link_hash.is_not(None)
_KNOWN = (
    # A ticket whose row is forgotten is known by what it gave, and that may live for longer.
    select(TOKEN.family, TOKEN.owner, func.max(TOKEN.ends_at))
    .where(_ANY_TOKEN)
    .group_by(TOKEN.owner, TOKEN.family),
    select(TOKEN.hash, TOKEN.owner, TOKEN.ends_at).where(_ANY_TOKEN),
    select(func.coalesce(TOKEN.refresh_hash, TOKEN.hash), TOKEN.owner, TOKEN.ends_at).where(
        _ANY_TOKEN
    ),
    select(TICKET.hash, TICKET.owner, TICKET.expires_at).where(_ANY_TICKET),
    select(INVITATION.link_hash, INVITATION.owner, INVITATION.expires_at).where(_ANY_LINK),
)


def owner_of(db: Connection | Session, digest: str) -> str | None:
    found = _OWNER.first(db, presented=digest)
    return None if found is None else str(found.owner)


def write_down(db: Session, digest: str, owner: str, expires_at: int) -> None:
    """Whose a value is that has no room for a seal."""
    database.insert_if_absent(db, UnsealedValue, hash=digest, owner=owner, expires_at=expires_at)


def write_down_all(connection: Connection) -> None:
    """Whatever is known of here, sealed or not: what the seals of now open is never looked up."""
    kind: Any = postgresql if connection.dialect.name == "postgresql" else sqlite
    for rows in _KNOWN:
        into = kind.insert(UNSEALED).from_select(_INTO, rows)
        connection.execute(into.on_conflict_do_nothing())


def purge(db: Session, before: int) -> bool:
    """Forget some that ended long ago; True when there are more."""
    return delete_some(db, UnsealedValue, COLUMNS.expires_at < before)
