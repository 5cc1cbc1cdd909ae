"""Who is told of notices by mail too, up to where each was told, and when to look again.

A row is there while she wants mail. It is its own outbox: what is still to be told is read from her
history, and one sender at a time holds the row while it does.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Connection, delete, exists, func, or_, select, update
from sqlalchemy.orm import Session
from sqlmodel import Field

from as_server import db as database
from as_server.db import Table
from as_server.models.audit import COLUMNS as LINE

NEVER = 2**62
AT_A_TIME = 50


class NoticeMail(Table, table=True):
    """`told_line` and `told_at` are the newest line and the last moment she was told of,
    `daily_line` and `daily_at` those of what is told once a day. `due_at` is when there is
    something to tell that no line brings; before `next_at` nothing is sent, and until
    `leased_until` somebody is sending.
    """

    __tablename__ = "notice_mail"

    owner: str = Field(primary_key=True)
    told_line: int = Field(default=0, sa_type=BigInteger)
    told_at: int = Field(default=0, sa_type=BigInteger)
    daily_line: int = Field(default=0, sa_type=BigInteger)
    daily_at: int = Field(default=0, sa_type=BigInteger)
    due_at: int = Field(default=NEVER, sa_type=BigInteger)
    next_at: int = Field(default=0, sa_type=BigInteger)
    leased_until: int = Field(default=0, sa_type=BigInteger)
    attempts: int = 0


COLUMNS = NoticeMail.__table__.c  # type: ignore[attr-defined]


def of_owner(db: Session, owner: str) -> NoticeMail | None:
    query = select(NoticeMail).where(COLUMNS.owner == owner)
    return db.scalars(query.execution_options(populate_existing=True)).first()


def begin(db: Session, owner: str, now: int) -> None:
    """From now on by mail; what came before is not sent after it."""
    newest = select(func.max(LINE.seq)).where(LINE.owner == owner)
    line = db.scalar(newest) or 0
    at = {"told_line": line, "daily_line": line, "told_at": now, "daily_at": now, "due_at": now}
    values = NoticeMail(owner=owner).model_dump() | at
    database.insert_if_absent(db, NoticeMail, **values)


def end(db: Session, owner: str, _now: int) -> None:
    """No mail any more; what is being sent in this moment still is."""
    db.execute(delete(NoticeMail).where(COLUMNS.owner == owner))


def due(connection: Connection, now: int) -> list[str]:
    """Owners with something new, or whose moment has come: looked for between requests."""
    newer = exists().where(LINE.owner == COLUMNS.owner, LINE.seq > COLUMNS.told_line)
    query = select(COLUMNS.owner).where(
        COLUMNS.next_at <= now, COLUMNS.leased_until <= now, or_(COLUMNS.due_at <= now, newer)
    )
    return list(connection.scalars(query.order_by(COLUMNS.next_at).limit(AT_A_TIME)))


def take(db: Session, owner: str, now: int, until: int) -> NoticeMail | None:
    """Her row for one sender of several: who comes second gets None, until `until`."""
    free = (COLUMNS.owner == owner, COLUMNS.leased_until <= now, COLUMNS.next_at <= now)
    done: Any = db.execute(update(NoticeMail).where(*free).values(leased_until=until))
    return of_owner(db, owner) if done.rowcount == 1 else None


def settle(db: Session, row: NoticeMail, **values: Any) -> None:
    """Put the row back; one that somebody else has taken since, or that ended, stays as it is."""
    mine = (COLUMNS.owner == row.owner, COLUMNS.leased_until == row.leased_until)
    db.execute(update(NoticeMail).where(*mine).values(leased_until=0, **values))


def newest_line(db: Session, owner: str, until: int) -> int:
    """The newest line of hers that was written by then."""
    query = select(func.max(LINE.seq)).where(LINE.owner == owner, LINE.at <= until)
    return db.scalar(query) or 0
