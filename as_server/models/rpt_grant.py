"""What was issued to whom: the most an RPT can ever be worth (Grant 3.3.5, 6.1).

An RPT points to a grant. Its entries only ever shrink: what an owner takes away is taken from here
for good, so a policy that comes back revives nothing old. A grant that has ended takes every token
that points to it along, so ending one is one row's work, however many tokens there are.
"""

import json
from collections.abc import Collection, Iterable
from functools import lru_cache
from typing import NamedTuple

from sqlalchemy import (
    BigInteger,
    Connection,
    Index,
    Text,
    UniqueConstraint,
    bindparam,
    select,
    text,
)
from sqlalchemy.orm import Session
from sqlmodel import Field

from as_server.db import Table, delete_some
from as_server.policy.model import Entry
from as_server.policy.narrowing import entry_from_json, entry_to_json
from heart_ground.statement import Statement

_NOT_ENDED = text("ended_at IS NULL")


class RptGrant(Table, table=True):
    """The 5-tuple of an RPT (Grant 1.3: owner, party, client, RS; the AS is this one), and entries.

    Grants with equal entries and an equal purpose share a row by `fingerprint`, so a client that
    asks a thousand times leaves one row. `turn` counts the issues of one 5-tuple.
    """

    __tablename__ = "rpt_grant"
    __table_args__ = (
        UniqueConstraint("owner", "fingerprint"),
        Index(
            "rpt_grant_live",
            *("owner", "party", "client_id", "rs_client_id", "turn"),
            sqlite_where=_NOT_ENDED,
            postgresql_where=_NOT_ENDED,
        ),
    )

    owner: str = Field(primary_key=True)
    id: str = Field(primary_key=True)
    fingerprint: str | None = None
    party: str
    client_id: str
    rs_client_id: str
    entries: str = Field(sa_type=Text)
    purpose: str | None = None
    turn: int = Field(default=0, sa_type=BigInteger, sa_column_kwargs={"server_default": "0"})
    created_at: int = Field(sa_type=BigInteger)
    expires_at: int = Field(sa_type=BigInteger, index=True)
    ended_at: int | None = Field(default=None, sa_type=BigInteger)


GRANT = RptGrant.__table__  # type: ignore[attr-defined]
COLUMNS = GRANT.c


class Standing(NamedTuple):
    """A grant that has not ended, as far as its tokens need to know."""

    owner: str
    rs_client_id: str
    entries: str
    expires_at: int


_STANDING = Statement(
    select(COLUMNS.owner, COLUMNS.rs_client_id, COLUMNS.entries, COLUMNS.expires_at).where(
        COLUMNS.owner == bindparam("of_owner"),
        COLUMNS.id == bindparam("wanted"),
        COLUMNS.ended_at.is_(None),
    )
)


@lru_cache(maxsize=4096)
def parse_entries(text: str) -> tuple[Entry, ...]:
    """Stored entries as values."""
    return tuple(entry_from_json(stored) for stored in json.loads(text))


def print_entries(entries: Iterable[Entry]) -> str:
    """Entries as text, in one order, so that equal grants look equal."""
    ordered = sorted(entries, key=lambda entry: (entry.resource_id, entry.policy))
    return json.dumps([entry_to_json(entry) for entry in ordered], separators=(",", ":"))


def standing(connection: Connection, owner: str, grant_id: str | None) -> Standing | None:
    """The grant of a token, unless it has ended: then the token is worth nothing any more."""
    row = _STANDING.first(connection, of_owner=owner, wanted=grant_id)
    return None if row is None else Standing(*row)


def any_stands(connection: Connection, owner: str, ids: Collection[str]) -> bool:
    """True when one of these grants of an owner has not ended."""
    if not ids:
        return False
    these = (COLUMNS.owner == owner, COLUMNS.id.in_(ids), COLUMNS.ended_at.is_(None))
    return connection.execute(select(COLUMNS.id).where(*these).limit(1)).first() is not None


def owners_reached_by(db: Session, now: int, *, client_id: str = "", party: str = "") -> list[str]:
    """The owners whose records a client or a person holds live grants on."""
    whose = COLUMNS.client_id == client_id if client_id else COLUMNS.party == party
    query = select(COLUMNS.owner).where(whose, COLUMNS.expires_at > now, COLUMNS.ended_at.is_(None))
    return sorted(set(db.scalars(query)))


def purge(db: Session, before: int) -> bool:
    """Forget some grants no token can point to; True when there are more."""
    return delete_some(db, RptGrant, COLUMNS.expires_at < before)
