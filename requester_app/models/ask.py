"""What a person asked a patient for, and how each record answered (Grant 3.3.6)."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import BigInteger, Text, select, update
from sqlalchemy.orm import Session
from sqlmodel import Field

from requester_app.db import Table

SENDING, WAITING, YES, NO = "sending", "waiting", "yes", "no"
RAN_OUT, FACTS, FAILED, WITHDRAWN = "ran_out", "facts", "failed", "withdrawn"
LIFE = 14 * 86_400
"""Seconds after which an unanswered request counts as run out."""
CHECKING = 60
"""Seconds for which one page that checks a record keeps the others from doing the same."""


class Ask(Table, table=True):
    """One request to one patient, sent to all her records under one `ask_id`."""

    __tablename__ = "ask"

    id: str = Field(primary_key=True, max_length=32)
    person: str = Field(index=True, max_length=64)
    pointer: str = Field(index=True, max_length=32)
    patient: str = Field(max_length=120)
    ask_id: str = Field(max_length=128)
    kinds: str = Field(sa_type=Text)
    topics: str = Field(sa_type=Text)
    purpose: str = Field(max_length=16)
    reason: str = Field(max_length=280)
    until: str = Field(max_length=32)
    created: int = Field(sa_type=BigInteger)
    replaces: str = Field(default="", max_length=32)
    """The request of the same person whose place it took, by its own id here."""

    @property
    def kind_list(self) -> list[str]:
        """The kinds asked for."""
        return list(json.loads(self.kinds))

    @property
    def topic_list(self) -> list[str]:
        """The private topics asked for."""
        return list(json.loads(self.topics))


class AskedRecord(Table, table=True):
    """One record of an ask; `sealed` holds the ticket to come back with, and its issuer.

    `said` is what came of it as the sharing service told it, sealed: an owner's words.
    """

    __tablename__ = "asked_record"

    ask: str = Field(primary_key=True, max_length=32)
    record: str = Field(primary_key=True, max_length=500)
    state: str = Field(default=SENDING, max_length=16)
    source: str = Field(default="", max_length=120)
    sealed: str = Field(default="", sa_type=Text)
    said: str = Field(default="", sa_type=Text)
    interval: int = Field(default=5)
    next_poll: int = Field(default=0, sa_type=BigInteger)
    changed: int = Field(default=0, sa_type=BigInteger)


def find(session: Session, person: str, ask_id: str) -> Ask | None:
    """This person's ask; None for an unknown one and for somebody else's."""
    ask = session.get(Ask, ask_id)
    return ask if ask is not None and ask.person == person else None


def all_of(session: Session, person: str) -> list[Ask]:
    """This person's asks, newest first."""
    order = Ask.created.desc()  # type: ignore[attr-defined]
    return list(session.execute(select(Ask).where(Ask.person == person).order_by(order)).scalars())  # type: ignore[arg-type]


def records_of(session: Session, asks: list[Ask]) -> dict[str, list[AskedRecord]]:
    """The records of several asks, by ask."""
    found: dict[str, list[AskedRecord]] = {ask.id: [] for ask in asks}
    query = select(AskedRecord).where(AskedRecord.ask.in_(list(found)))  # type: ignore[attr-defined]
    for record in session.execute(query.order_by(AskedRecord.record)).scalars():
        found[record.ask].append(record)
    return found


def open_ones(session: Session, person: str, records: tuple[str, ...]) -> list[Ask]:
    """This person's asks, newest first, of which one of `records` still waits for an answer."""
    waits = select(AskedRecord.ask).where(  # type: ignore[call-overload]
        AskedRecord.record.in_(records),  # type: ignore[attr-defined]
        AskedRecord.state.in_((WAITING, SENDING)),  # type: ignore[attr-defined]
    )
    query = select(Ask).where(Ask.person == person, Ask.id.in_(waits))  # type: ignore[arg-type,attr-defined]
    return list(session.execute(query.order_by(Ask.created.desc())).scalars())  # type: ignore[attr-defined]


def take_turn(session: Session, record: AskedRecord, now: int, *, due: bool = True) -> bool:
    """Take the ticket out, to present it; True for the one caller whose turn it is (Grant 3.3.6).

    `next_poll` moves on with it: a crash in between delays the next check and repeats nothing.
    Taking a request back is no poll: it need not be `due`.
    """
    of_turn: tuple[Any, ...] = (AskedRecord.next_poll <= now,) if due else ()
    taken = session.execute(
        update(AskedRecord)
        .where(
            AskedRecord.ask == record.ask,  # type: ignore[arg-type]
            AskedRecord.record == record.record,  # type: ignore[arg-type]
            AskedRecord.sealed == record.sealed,  # type: ignore[arg-type]
            AskedRecord.next_poll == record.next_poll,  # type: ignore[arg-type]
            *of_turn,
        )
        .values(sealed="", next_poll=now + max(CHECKING, record.interval))
        # The caller presents the ticket that `record` still holds: leave the object as it is.
        .execution_options(synchronize_session=False)
    )
    return bool(taken.rowcount == 1)  # type: ignore[attr-defined]


def answer_of(records: list[AskedRecord], created: int, now: int) -> str:
    """One answer for all records: a yes somewhere is a yes, then what still waits, then a no."""
    states = {record.state for record in records}
    if YES in states:
        return YES
    if states & {WAITING, SENDING}:
        return RAN_OUT if created + LIFE <= now else WAITING
    for state in (NO, WITHDRAWN, FACTS, RAN_OUT):
        if state in states:
            return state
    return FAILED


def next_check(records: list[AskedRecord], now: int) -> tuple[int, int]:
    """Seconds until every record that waits may be asked again, and when the first was last."""
    waits = [record for record in records if record.sealed]
    due = max([0, *(record.next_poll - now for record in waits)])
    return due, min([now, *(record.next_poll - record.interval for record in waits)])
