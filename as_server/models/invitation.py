"""Invitations: a share that waits until a person without an account has come and was recognised.

An invitation belongs to a policy in state `draft` that names nobody yet, and dies with it: it gives
nothing by itself. Of link, code and passcode only hashes are kept.
"""

from typing import Any

from sqlalchemy import BigInteger, or_, select, update
from sqlalchemy.orm import Session
from sqlmodel import Field

from as_server import db as database
from as_server.db import Table


class Invitation(Table, table=True):
    """`account_key` is the one account that it is bound to; `lasts` are the seconds that the share
    goes on once the owner has recognised her, None where the policy's own dates hold."""

    __tablename__ = "invitation"
    __table_args__ = ({"sqlite_with_rowid": False},)

    owner: str = Field(primary_key=True)
    policy: str = Field(primary_key=True)
    link_hash: str
    code_hash: str
    passcode_hash: str
    tries_left: int
    lasts: int | None = Field(default=None, sa_type=BigInteger)
    made_at: int = Field(sa_type=BigInteger)
    expires_at: int = Field(sa_type=BigInteger)
    account_key: str | None = None
    used_at: int | None = Field(default=None, sa_type=BigInteger)
    confirmed_at: int | None = Field(default=None, sa_type=BigInteger)
    opens_at: str | None = None


COLUMNS = Invitation.__table__.c  # type: ignore[attr-defined]


def one(db: Session, owner: str, policy_id: str) -> Invitation | None:
    """The invitation of this draft of this owner, as it is now."""
    return db.get(Invitation, (owner, policy_id), populate_existing=True)


def of_owner(db: Session, owner: str) -> list[Invitation]:
    query = select(Invitation).where(COLUMNS.owner == owner)
    return list(db.scalars(query.order_by(COLUMNS.made_at.desc(), COLUMNS.policy)))


def by_value(db: Session, owner: str, digest: str) -> Invitation | None:
    """The invitation whose link or code has this hash."""
    query = select(Invitation).where(COLUMNS.owner == owner, _presented(digest))
    return db.scalars(query, execution_options={"populate_existing": True}).first()


def write(db: Session, owner: str, policy_id: str, **values: Any) -> None:
    """A new invitation, or a new one in the place of one that nobody was recognised by."""
    if database.insert_if_absent(db, Invitation, owner=owner, policy=policy_id, **values):
        return
    _changed(db, (COLUMNS.owner == owner, COLUMNS.policy == policy_id), **values)


def claim_try(db: Session, owner: str, digest: str, now: int) -> bool:
    """Count one passcode against an invitation that waits; False where none can be tried.

    Counted before it is compared: of any number who try at once no more than there are tries.
    """
    waits = (*_waits(owner, now), _presented(digest))
    return _changed(db, waits, tries_left=COLUMNS.tries_left - 1)


def forgive_try(db: Session, owner: str, digest: str) -> None:
    """A right passcode was no try at guessing."""
    at = (COLUMNS.owner == owner, _presented(digest))
    _changed(db, at, tries_left=COLUMNS.tries_left + 1)


def bind(db: Session, owner: str, digest: str, account_key: str, now: int) -> bool:
    """Bind it to one account: True for the first that comes, False for every other, ever."""
    waits = (*_waits(owner, now), _presented(digest))
    return _changed(db, waits, account_key=account_key, used_at=now)


def confirm(
    db: Session, owner: str, policy_id: str, account_key: str, now: int, opens_at: str | None
) -> bool:
    """The owner recognised this account, once; False where it is bound to none or to another."""
    bound = (
        COLUMNS.owner == owner,
        COLUMNS.policy == policy_id,
        COLUMNS.account_key == account_key,
        COLUMNS.confirmed_at.is_(None),
    )
    return _changed(db, bound, confirmed_at=now, opens_at=opens_at)


def _waits(owner: str, now: int) -> tuple[Any, ...]:
    return (
        COLUMNS.owner == owner,
        COLUMNS.account_key.is_(None),
        COLUMNS.expires_at > now,
        COLUMNS.tries_left > 0,
    )


def _presented(digest: str) -> Any:
    return or_(COLUMNS.link_hash == digest, COLUMNS.code_hash == digest)


def _changed(db: Session, where: tuple[Any, ...], **values: Any) -> bool:
    statement = update(Invitation).where(*where).values(**values)
    found: Any = db.execute(statement, execution_options={"synchronize_session": False})
    return bool(found.rowcount == 1)
