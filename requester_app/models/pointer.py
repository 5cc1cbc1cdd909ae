"""Pointers: which records a patient let this person know of."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Sequence
from typing import Any

from sqlalchemy import BigInteger, Text, UniqueConstraint, delete, select, update
from sqlalchemy.orm import Session
from sqlmodel import Field

from requester_app.db import Table


class Pointer(Table, table=True):
    """One patient as one person knows her: a name, and the bases of her records.

    `set_hash` names the set of bases: the same link opened twice is one pointer, and records of
    another set are never merged into it (two patients must not end up on one chart).
    """

    __tablename__ = "pointer"
    __table_args__ = (UniqueConstraint("person", "set_hash"),)

    id: str = Field(primary_key=True, max_length=32)
    person: str = Field(index=True, max_length=64)
    patient: str = Field(max_length=120)
    bases: str = Field(sa_type=Text)
    set_hash: str = Field(max_length=64)
    purpose: str = Field(default="", max_length=16)
    created: int = Field(sa_type=BigInteger)
    opened: int = Field(default=0, sa_type=BigInteger)
    shown: str = Field(default="", sa_type=Text)
    """The kinds that the whole chart showed last, with commas."""

    @property
    def records(self) -> tuple[str, ...]:
        """The bases of the records, in the order of the link."""
        return tuple(json.loads(self.bases))


def save(
    session: Session, person: str, patient: str, bases: Sequence[str], purpose: str, now: int
) -> Pointer:
    """Keep a pointer; the same set of records again keeps the one there is, with the newer name."""
    set_hash = hashlib.sha256("\n".join(sorted(bases)).encode()).hexdigest()
    known = session.execute(
        select(Pointer).where(Pointer.person == person, Pointer.set_hash == set_hash)  # type: ignore[arg-type]
    ).scalar_one_or_none()
    if known is not None:
        known.patient = patient or known.patient
        known.purpose = purpose or known.purpose
        return known
    pointer = Pointer(
        id=secrets.token_urlsafe(12),
        person=person,
        patient=patient,
        bases=json.dumps(list(bases)),
        set_hash=set_hash,
        purpose=purpose,
        created=now,
    )
    session.add(pointer)
    return pointer


def find(session: Session, person: str, pointer_id: str) -> Pointer | None:
    """This person's pointer; None for an unknown one and for somebody else's."""
    pointer = session.get(Pointer, pointer_id)
    return pointer if pointer is not None and pointer.person == person else None


def all_of(session: Session, person: str) -> list[Pointer]:
    """This person's pointers, the last opened first."""
    order = (Pointer.opened.desc(), Pointer.created.desc())  # type: ignore[attr-defined]
    found = session.execute(select(Pointer).where(Pointer.person == person).order_by(*order))  # type: ignore[arg-type]
    return list(found.scalars())


def opened(
    session: Session, person: str, pointer_id: str, now: int, kinds: Sequence[str] | None
) -> None:
    """Note that the chart was opened, and which kinds all of it showed, if all of it was."""
    values: dict[str, Any] = {"opened": now}
    if kinds is not None:
        values["shown"] = ",".join(kinds)
    whose = (Pointer.id == pointer_id, Pointer.person == person)
    session.execute(update(Pointer).where(*whose).values(values))  # type: ignore[arg-type]


def forget(session: Session, person: str, pointer_id: str) -> None:
    """Take the patient off this person's list."""
    session.execute(delete(Pointer).where(Pointer.id == pointer_id, Pointer.person == person))  # type: ignore[arg-type]
