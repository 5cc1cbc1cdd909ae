"""One-time form ids and kept drafts: a second submit lands on the first one's page."""

from __future__ import annotations

from sqlalchemy import BigInteger, Text, delete
from sqlalchemy.orm import Session
from sqlmodel import Field

from requester_app.db import Table

KEPT = 24 * 3600
"""Seconds a draft is remembered."""


class UsedForm(Table, table=True):
    """A form that was sent; `result` is the page it led to, empty while it is being worked on."""

    __tablename__ = "used_form"

    form_id: str = Field(primary_key=True, max_length=64)
    person: str = Field(primary_key=True, max_length=64)
    result: str = Field(default="", sa_type=Text)
    created: int = Field(sa_type=BigInteger)


class Draft(Table, table=True):
    """Answers that were sent after the sign-in had run out, kept for the same person."""

    __tablename__ = "draft"

    person: str = Field(primary_key=True, max_length=64)
    page: str = Field(primary_key=True, max_length=200)
    sealed: str = Field(sa_type=Text)
    created: int = Field(sa_type=BigInteger)


def keep_draft(session: Session, person: str, page: str, sealed: str, now: int) -> None:
    """Keep answers for `page`, in place of older ones."""
    session.execute(delete(Draft).where(Draft.created <= now - KEPT))  # type: ignore[arg-type]
    session.merge(Draft(person=person, page=page, sealed=sealed, created=now))


def take_draft(session: Session, person: str, page: str) -> str | None:
    """The kept answers for `page`, once."""
    taken = session.execute(
        delete(Draft).where(Draft.person == person, Draft.page == page).returning(Draft.sealed)  # type: ignore[arg-type,call-overload]
    )
    found = taken.scalar_one_or_none()
    return found if found is None else str(found)
