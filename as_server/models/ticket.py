"""Permission tickets: minted here, spent once, by presentation alone (Grant 5.4, 5.5)."""

import json
import secrets
from typing import Any

from sqlalchemy import BigInteger, Connection, Text, bindparam, insert, select, update
from sqlalchemy.orm import Session
from sqlmodel import Field

from as_server.db import Table, delete_some
from as_server.models import gathered_claims
from as_server.models.spent_ticket import SpentTicket
from as_server.models.token import hash_of
from as_server.owner_seal import OwnerSeals
from heart_ground.statement import Statement

LIFETIME = 300
POLLING_LIFETIME = 86_400


class PermissionTicket(Table, table=True):
    """`process` ties a ticket to its successors; `client_id` is set by the first presentation.

    `request` is the submitted request that a polling ticket waits for, `claims` what its person
    told here. One with a `browser` waits there for her answer, and is never a client's.
    """

    __tablename__ = "permission_ticket"
    __table_args__ = ({"sqlite_with_rowid": False},)

    owner: str = Field(primary_key=True)
    hash: str = Field(primary_key=True)
    process: str
    rs_client_id: str
    client_id: str | None = None
    permissions: str = Field(sa_type=Text)
    request: str | None = None
    claims: str | None = Field(default=None, sa_type=Text)
    browser: str | None = None
    expires_at: int = Field(sa_type=BigInteger, index=True)
    used_at: int | None = Field(default=None, sa_type=BigInteger)


TICKET = PermissionTicket.__table__  # type: ignore[attr-defined]
COLUMNS = TICKET.c
_PRESENTED = (COLUMNS.owner == bindparam("of_owner"), COLUMNS.hash == bindparam("presented"))
_MINT = Statement(insert(TICKET), columns=COLUMNS.keys())
# One atomic UPDATE: of two presentations, in any number of processes, one finds `used_at` null.
_SPEND = Statement(
    update(TICKET)
    .where(*_PRESENTED, COLUMNS.used_at.is_(None), COLUMNS.browser.is_(None))
    .values(used_at=bindparam("moment"))
    .returning(*COLUMNS)
)
_UNSPENT = Statement(select(TICKET).where(*_PRESENTED))


def mint(
    db: Connection, seals: OwnerSeals, owner: str, rs_client_id: str, permissions: str, now: int
) -> str:
    """A ticket for a permission request (FedAuthz 4.2); the value exists only in the answer."""
    return _insert(
        db,
        seals,
        process=secrets.token_urlsafe(16),
        owner=owner,
        rs_client_id=rs_client_id,
        client_id=None,
        permissions=permissions,
        request=None,
        expires_at=now + LIFETIME,
    )


def spend(db: Connection, owner: str, value: str, client_id: str, now: int) -> SpentTicket | None:
    """Spend a ticket, whatever comes of it; None if it is not this client's to use now.

    A ticket bound to another client is spent all the same: it has been seen by a stranger.
    """
    row = _SPEND.first(db, of_owner=owner, presented=hash_of(value), moment=now)
    return stood_for(row, value, client_id, now)


def before_spent(
    db: Connection, owner: str, value: str, client_id: str, now: int
) -> SpentTicket | None:
    """What a ticket stands for that this client can spend now; it is not spent by this."""
    row = _UNSPENT.first(db, of_owner=owner, presented=hash_of(value))
    if row is None or row.used_at is not None or row.browser is not None:
        return None
    return stood_for(row, value, client_id, now)


def stood_for(row: Any, value: str, client_id: str, now: int) -> SpentTicket | None:
    if row is None or row.expires_at <= now or row.client_id not in (None, client_id):
        return None
    permissions, claims = json.loads(row.permissions), gathered_claims.from_text(row.claims)
    place = row.process, row.owner, row.rs_client_id
    return SpentTicket(family_of(value), *place, permissions, row.request, claims)


def family_of(value: str) -> str:
    """The family of the tokens that this ticket gives, or gave."""
    return hash_of(value)


def succeed(
    db: Connection,
    seals: OwnerSeals,
    spent: SpentTicket,
    client_id: str,
    now: int,
    *,
    request: str | None = None,
) -> str:
    """The next ticket of a process (Grant 3.3.6); long-lived if it polls."""
    ends = now + (LIFETIME if request is None else POLLING_LIFETIME)
    return next_of(db, seals, spent, client_id, request=request, expires_at=ends)


def next_of(
    db: Connection, seals: OwnerSeals, spent: SpentTicket, client_id: str, **changes: Any
) -> str:
    """The next ticket of a process, bound to its client: what was gathered goes on with it."""
    same = {
        "process": spent.process,
        "rs_client_id": spent.rs_client_id,
        "permissions": json.dumps(dict(spent.permissions)),
        "request": spent.request,
        "claims": gathered_claims.to_text(spent.claims),
    }
    return _insert(db, seals, owner=spent.owner, client_id=client_id, **same | changes)


def purge(db: Session, before: int) -> bool:
    """Forget some tickets that ended, spent or not; True when there are more."""
    return delete_some(db, PermissionTicket, COLUMNS.expires_at < before)


def _insert(db: Connection, seals: OwnerSeals, *, owner: str, **values: str | int | None) -> str:
    value = seals.new_value(owner)
    row = {"claims": None, "browser": None, "used_at": None, **values}
    _MINT.run(db, hash=hash_of(value), owner=owner, **row)
    return value
