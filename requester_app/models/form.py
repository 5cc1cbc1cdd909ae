"""One-time form ids and kept drafts: a second submit lands on the first one's page (UX 2.0.3)."""

from __future__ import annotations

from sqlalchemy import BigInteger, Text, delete, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from sqlmodel import Field

from requester_app.db import Table

KEPT = 24 * 3600
"""Seconds a form id and a draft are remembered."""


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


def claim(session: Session, person: str, form_id: str, now: int) -> UsedForm | None:
    """Take the form id; None when it is new, else what is known of its first use."""
    session.execute(delete(UsedForm).where(UsedForm.created <= now - KEPT))  # type: ignore[arg-type]
    try:
        with session.begin_nested():
            session.add(UsedForm(form_id=form_id, person=person, created=now))
    except IntegrityError:
        return session.get(UsedForm, (form_id, person))
    return None


def find(session: Session, person: str, form_id: str) -> UsedForm | None:
    """What is known of a form's first use; None when it failed and was given back."""
    return session.get(UsedForm, (form_id, person))


def settle(session: Session, person: str, form_id: str, result: str) -> None:
    """Remember where the form led."""
    session.execute(
        update(UsedForm)
        .where(UsedForm.form_id == form_id, UsedForm.person == person)  # type: ignore[arg-type]
        .values(result=result)
    )


def release(session: Session, person: str, form_id: str) -> None:
    """Give the form id back: the answers were not taken and the person may send them again."""
    session.execute(
        delete(UsedForm).where(UsedForm.form_id == form_id, UsedForm.person == person)  # type: ignore[arg-type]
    )


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
