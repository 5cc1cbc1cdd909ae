"""Security events that resource servers have yet to take: written with the change they tell of."""

from collections.abc import Iterable

from sqlalchemy import BigInteger, Connection, delete, select, update
from sqlalchemy.orm import Session
from sqlmodel import Field

from as_server import db as database
from as_server.db import Table

FIRST_RETRY = 2
LONGEST_RETRY = 300


class Outbox(Table, table=True):
    """One row for each owner and RS: the epoch to tell, and the last one told.

    A newer epoch replaces an older one: an RS needs to know only the latest.
    """

    __tablename__ = "outbox"

    owner: str = Field(primary_key=True)
    client_id: str = Field(primary_key=True)
    epoch: int = Field(sa_type=BigInteger)
    changed_at: int = Field(sa_type=BigInteger)
    told_epoch: int = Field(default=0, sa_type=BigInteger)
    attempts: int = 0
    next_attempt_at: int = Field(default=0, sa_type=BigInteger, index=True)


COLUMNS = Outbox.__table__.c  # type: ignore[attr-defined]


def queue(db: Session, owner: str, client_ids: Iterable[str], epoch: int, now: int) -> None:
    """Note, in the transaction of the change, that these RSs must hear of `epoch`."""
    for client_id in client_ids:
        database.insert_if_absent(
            db,
            Outbox,
            owner=owner,
            client_id=client_id,
            epoch=epoch,
            changed_at=now,
            told_epoch=0,
            attempts=0,
            next_attempt_at=now,
        )
        db.execute(
            update(Outbox)
            .where(COLUMNS.owner == owner, COLUMNS.client_id == client_id)
            .values(epoch=epoch, changed_at=now, attempts=0, next_attempt_at=now)
        )


def untold(db: Session, owner: str | None = None, due: int | None = None) -> list[Outbox]:
    """Rows that wait, of one owner or all; with `due`, only those whose next attempt has come."""
    query = select(Outbox).where(COLUMNS.told_epoch < COLUMNS.epoch)
    if owner is not None:
        query = query.where(COLUMNS.owner == owner)
    if due is not None:
        query = query.where(COLUMNS.next_attempt_at <= due)
    return list(db.scalars(query.order_by(COLUMNS.next_attempt_at).limit(200)))


def something_waits(connection: Connection | Session) -> bool:
    """True while any RS has yet to be told, whether its next attempt has come or not."""
    query = select(COLUMNS.owner).where(COLUMNS.told_epoch < COLUMNS.epoch).limit(1)
    return connection.execute(query).first() is not None


def told(db: Session, owner: str, client_id: str, epoch: int) -> None:
    """An RS took the event; a newer epoch queued meanwhile stays queued."""
    db.execute(
        update(Outbox)
        .where(COLUMNS.owner == owner, COLUMNS.client_id == client_id, COLUMNS.told_epoch < epoch)
        .values(told_epoch=epoch)
    )


def end(connection: Connection, before: int) -> None:
    """Forget what changed before and was never told: no answer of that time is good any more."""
    untold = (COLUMNS.told_epoch < COLUMNS.epoch, COLUMNS.changed_at <= before)
    connection.execute(delete(Outbox).where(*untold))


def failed(db: Session, owner: str, client_id: str, now: int) -> None:
    """An RS did not take it: try again later, each time twice as late."""
    row = db.get(Outbox, (owner, client_id), populate_existing=True)
    if row is not None:
        wait = min(LONGEST_RETRY, FIRST_RETRY * 2 ** min(row.attempts, 10))
        row.attempts, row.next_attempt_at = row.attempts + 1, now + wait
        db.add(row)
