"""What was issued to whom: the most an RPT can ever be worth (Grant 3.3.5, 6.1).

An RPT points to a grant. Its entries only ever shrink: what an owner takes away is taken from here
for good, so a policy that comes back revives nothing old.
"""

import hashlib
import json
import secrets
from collections.abc import Iterable
from functools import lru_cache

from sqlalchemy import BigInteger, Connection, Index, Text, delete, select, update
from sqlalchemy.orm import Session
from sqlmodel import Field

from as_server.db import Table, insert_or_prolong
from as_server.models.token import Token
from as_server.policy.model import Entry
from as_server.policy.narrowing import entry_from_json, entry_to_json


class RptGrant(Table, table=True):
    """The 5-tuple of an RPT (owner, party, client, RS; the AS is this one) and its entries (G-6).

    Equal grants share a row by `fingerprint`, so a client that asks a thousand times leaves one
    row to walk when the owner stops sharing.
    """

    __tablename__ = "rpt_grant"
    __table_args__ = (Index("rpt_grant_owner", "owner", "expires_at"),)

    id: str = Field(primary_key=True)
    fingerprint: str | None = Field(default=None, unique=True)
    owner: str
    party: str = Field(index=True)
    client_id: str = Field(index=True)
    rs_client_id: str
    entries: str = Field(sa_type=Text)
    purpose: str | None = None
    reason: str | None = None
    created_at: int = Field(sa_type=BigInteger)
    expires_at: int = Field(sa_type=BigInteger)
    ended_at: int | None = Field(default=None, sa_type=BigInteger)

    @property
    def issued(self) -> tuple[Entry, ...]:
        return parse_entries(self.entries)

    def is_live(self, now: int) -> bool:
        return self.ended_at is None and self.expires_at > now


COLUMNS = RptGrant.__table__.c  # type: ignore[attr-defined]


@lru_cache(maxsize=4096)
def parse_entries(text: str) -> tuple[Entry, ...]:
    """Stored entries as values."""
    return tuple(entry_from_json(stored) for stored in json.loads(text))


def print_entries(entries: Iterable[Entry]) -> str:
    """Entries as text, in one order, so that equal grants look equal."""
    ordered = sorted(entries, key=lambda entry: (entry.resource_id, entry.policy))
    return json.dumps([entry_to_json(entry) for entry in ordered], separators=(",", ":"))


def issue(
    connection: Connection,
    *,
    owner: str,
    party: str,
    client_id: str,
    rs_client_id: str,
    entries: Iterable[Entry],
    purpose: str | None,
    reason: str | None,
    now: int,
    expires_at: int,
) -> str:
    """The id of a live grant that says exactly this, new or shared."""
    text = print_entries(entries)
    said = [owner, party, client_id, rs_client_id, text, purpose, reason]
    fingerprint = hashlib.sha256(json.dumps(said).encode()).hexdigest()
    values = {
        "id": secrets.token_urlsafe(16),
        "fingerprint": fingerprint,
        "owner": owner,
        "party": party,
        "client_id": client_id,
        "rs_client_id": rs_client_id,
        "entries": text,
        "purpose": purpose,
        "reason": reason,
        "created_at": now,
        "expires_at": expires_at,
    }
    statement = insert_or_prolong(RptGrant, "fingerprint", "expires_at", connection.dialect.name)
    return str(connection.execute(statement, values).scalar_one())


def live_of_owner(db: Session, owner: str, now: int) -> list[RptGrant]:
    """Every grant of an owner that an RPT or refresh token can still point to."""
    query = select(RptGrant).where(
        COLUMNS.owner == owner, COLUMNS.expires_at > now, COLUMNS.ended_at.is_(None)
    )
    return list(db.scalars(query))


def owners_reached_by(db: Session, now: int, *, client_id: str = "", party: str = "") -> list[str]:
    """The owners whose records a client or a person holds live grants on."""
    whose = COLUMNS.client_id == client_id if client_id else COLUMNS.party == party
    query = select(COLUMNS.owner).where(whose, COLUMNS.expires_at > now, COLUMNS.ended_at.is_(None))
    return sorted(set(db.scalars(query)))


def shrink(db: Session, grant: RptGrant, left: Iterable[Entry], now: int) -> None:
    """Take entries away for good; a grant with nothing left ends with all its tokens (G-205)."""
    kept = tuple(left)
    grant.entries = print_entries(kept)
    # What is left is not what was asked for any more: a new issue starts a row of its own.
    grant.fingerprint = None
    if not kept:
        grant.ended_at = now
        tokens = Token.__table__.c  # type: ignore[attr-defined]
        db.execute(
            update(Token)
            .where(tokens.rpt_grant == grant.id, tokens.revoked_at.is_(None))
            .values(revoked_at=now)
        )
    db.add(grant)
    db.flush()


def purge(db: Session, before: int) -> None:
    """Forget grants no token can point to."""
    db.execute(delete(RptGrant).where(COLUMNS.expires_at < before))
