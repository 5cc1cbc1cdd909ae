"""Permission tickets: minted here, spent once, by presentation alone (Grant 5.4, 5.5)."""

import json
import secrets
from typing import Any

from sqlalchemy import BigInteger, Connection, Text, bindparam, insert, select, update
from sqlalchemy.orm import Session
from sqlmodel import Field

from as_server.db import Table, delete_some
from as_server.models.spent_ticket import SpentTicket
from as_server.models.token import hash_of
from as_server.owner_seal import OwnerSeals
from heart_ground.statement import Statement

LIFETIME = 300
POLLING_LIFETIME = 86_400


class PermissionTicket(Table, table=True):
    """`process` ties a ticket to its successors; `client_id` is set by the first presentation.

    `request` is the submitted request that a polling ticket waits for.
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
    expires_at: int = Field(sa_type=BigInteger, index=True)
    used_at: int | None = Field(default=None, sa_type=BigInteger)


TICKET = PermissionTicket.__table__  # type: ignore[attr-defined]
COLUMNS = TICKET.c
_PRESENTED = (COLUMNS.owner == bindparam("of_owner"), COLUMNS.hash == bindparam("presented"))
_MINT = Statement(insert(TICKET), columns=COLUMNS.keys())
# One atomic UPDATE: of two presentations, in any number of processes, one finds `used_at` null.
_SPEND = Statement(
    update(TICKET)
    .where(*_PRESENTED, COLUMNS.used_at.is_(None))
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
    return _stood_for(row, value, client_id, now)


def before_spent(
    db: Connection, owner: str, value: str, client_id: str, now: int
) -> SpentTicket | None:
    """What a ticket stands for that this client can spend now; it is not spent by this."""
    row = _UNSPENT.first(db, of_owner=owner, presented=hash_of(value))
    if row is None or row.used_at is not None:
        return None
    return _stood_for(row, value, client_id, now)


def _stood_for(row: Any, value: str, client_id: str, now: int) -> SpentTicket | None:
    if row is None or row.expires_at <= now or row.client_id not in (None, client_id):
        return None
    return SpentTicket(
        family_of(value),
        row.process,
        row.owner,
        row.rs_client_id,
        json.loads(row.permissions),
        row.request,
    )


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
    """The next ticket of a process (Grant 3.3.6), bound to its client; long-lived if it polls."""
    return _insert(
        db,
        seals,
        process=spent.process,
        owner=spent.owner,
        rs_client_id=spent.rs_client_id,
        client_id=client_id,
        permissions=json.dumps(dict(spent.permissions)),
        request=request,
        expires_at=now + (LIFETIME if request is None else POLLING_LIFETIME),
    )


def purge(db: Session, before: int) -> bool:
    """Forget some tickets that ended, spent or not; True when there are more."""
    return delete_some(db, PermissionTicket, COLUMNS.expires_at < before)


def _insert(db: Connection, seals: OwnerSeals, *, owner: str, **values: str | int | None) -> str:
    value = seals.new_value(owner)
    _MINT.run(db, hash=hash_of(value), used_at=None, owner=owner, **values)
    return value
