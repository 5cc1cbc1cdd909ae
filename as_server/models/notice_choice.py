"""What an owner wants to be told of, and up to where she has read it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, case, select, update
from sqlalchemy.orm import Session
from sqlmodel import Field

from as_server import db as database
from as_server.db import Table


class NoticeChoice(Table, table=True):
    """One row for an owner who chose or read something; without one the defaults hold.

    `read_line` is the newest line of her history that she has read, `read_at` the moment until
    which she has read of ends, which no line tells of. Neither ever goes back.
    """

    __tablename__ = "notice_choice"

    owner: str = Field(primary_key=True)
    requests: str = "on"
    decisions: str = "on"
    looks: str = "daily"
    refused: str = "on"
    read_line: int = Field(default=0, sa_type=BigInteger)
    read_at: int = Field(default=0, sa_type=BigInteger)


COLUMNS = NoticeChoice.__table__.c  # type: ignore[attr-defined]
ABOUT = ("requests", "decisions", "looks", "refused")


def of_owner(db: Session, owner: str) -> NoticeChoice:
    """Her row, or one of defaults that is not stored."""
    found = db.scalars(select(NoticeChoice).where(COLUMNS.owner == owner)).first()
    return found or NoticeChoice(owner=owner)


def choose(db: Session, owner: str, chosen: dict[str, str]) -> None:
    """Store what she chose of `ABOUT`."""
    _store(db, owner, chosen)


def read_up_to(db: Session, owner: str, line: int, at: int) -> None:
    """She has read so far. An older page, sent late, takes nothing back."""
    _store(
        db,
        owner,
        {
            "read_line": case((COLUMNS.read_line > line, COLUMNS.read_line), else_=line),
            "read_at": case((COLUMNS.read_at > at, COLUMNS.read_at), else_=at),
        },
    )


def _store(db: Session, owner: str, values: dict[str, Any]) -> None:
    database.insert_if_absent(db, NoticeChoice, **NoticeChoice(owner=owner).model_dump())
    db.execute(update(NoticeChoice).where(COLUMNS.owner == owner).values(**values))
