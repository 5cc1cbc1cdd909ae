"""What waits for the owner's answer (Grant 3.3.6, request_submitted)."""

import json
from collections.abc import Iterable

from sqlalchemy import BigInteger, Text, UniqueConstraint, func, select, update
from sqlalchemy.orm import Session
from sqlmodel import Field

from as_server.db import Table

WAITING_LIFETIME = 30 * 86_400
MAX_WAITING = 5
MAX_ASKED_PER_DAY = 20
STATES = ("waiting", "answered", "ran_out", "withdrawn")


class SubmittedRequest(Table, table=True):
    """One request to the owner, however many records and tickets carry it.

    Equal (owner, party, client, `ask_id`) is the same request; one without an
    `ask_id` is keyed by the process of its ticket. Where the party only tried a link, every later
    try joins it, and its first real request takes its place. The words are the party's own.
    """

    __tablename__ = "submitted_request"
    __table_args__ = (UniqueConstraint("owner", "party", "client_id", "ask_id"),)

    owner: str = Field(primary_key=True)
    id: str = Field(primary_key=True)
    party: str
    client_id: str
    ask_id: str
    state: str = "waiting"
    kinds: str = Field(sa_type=Text)
    topics: str = Field(sa_type=Text)
    records: str = Field(sa_type=Text)
    purpose: str | None = None
    reason: str | None = None
    requested_until: str | None = None
    asked_at: int = Field(sa_type=BigInteger)
    runs_out_at: int = Field(sa_type=BigInteger)
    answer: str | None = None
    answered_at: int | None = Field(default=None, sa_type=BigInteger)
    answered_by: str | None = None
    policy: str | None = None
    tell_reason: str | None = None

    @property
    def is_a_try(self) -> bool:
        """True when nobody asked: a link was opened, without an `ask_id` and without a reason."""
        return self.ask_id.startswith(".") and self.reason is None

    def state_at(self, now: int) -> str:
        """The state as of now: waiting ends by itself."""
        return "ran_out" if self.state == "waiting" and self.runs_out_at <= now else self.state

    def add(self, kinds: Iterable[str], topics: Iterable[str], records: Iterable[str]) -> None:
        """Take in what another ticket of the same request asks for."""
        self.kinds = _union(self.kinds, kinds)
        self.topics = _union(self.topics, topics)
        self.records = _union(self.records, records)


COLUMNS = SubmittedRequest.__table__.c  # type: ignore[attr-defined]


def by_key(
    db: Session, owner: str, party: str, client_id: str, ask_id: str
) -> SubmittedRequest | None:
    """The request these four name."""
    query = select(SubmittedRequest).where(
        COLUMNS.owner == owner,
        COLUMNS.party == party,
        COLUMNS.client_id == client_id,
        COLUMNS.ask_id == ask_id,
    )
    return db.scalars(query).first()


def one(db: Session, owner: str, request_id: str) -> SubmittedRequest | None:
    """A request to this owner; None for any other, as for an unknown id."""
    return db.get(SubmittedRequest, (owner, request_id))


def waiting_of(
    db: Session, owner: str, party: str, client_id: str, now: int
) -> list[SubmittedRequest]:
    """What waits of one party through one client, the oldest first."""
    query = select(SubmittedRequest).where(
        COLUMNS.owner == owner,
        COLUMNS.party == party,
        COLUMNS.client_id == client_id,
        COLUMNS.state == "waiting",
        COLUMNS.runs_out_at > now,
    )
    return list(db.scalars(query.order_by(COLUMNS.asked_at, COLUMNS.id)))


def of_owner(db: Session, owner: str) -> list[SubmittedRequest]:
    """Every request to an owner, newest first."""
    query = select(SubmittedRequest).where(COLUMNS.owner == owner)
    return list(db.scalars(query.order_by(COLUMNS.asked_at.desc(), COLUMNS.id)))


def came_from(db: Session, owner: str, party: str) -> bool:
    """True when this party ever asked this owner."""
    query = select(COLUMNS.id).where(COLUMNS.owner == owner, COLUMNS.party == party)
    return db.execute(query.limit(1)).first() is not None


def may_ask(
    db: Session, owner: str, party: str, client_id: str, now: int, *, leaving: int = 0
) -> bool:
    """False when this party or this client already has its share of the owner's attention;
    `leaving` are those whose place the new one takes."""
    mine = (COLUMNS.owner == owner, (COLUMNS.party == party) | (COLUMNS.client_id == client_id))
    waiting = select(func.count()).where(
        *mine[:1], COLUMNS.party == party, COLUMNS.state == "waiting", COLUMNS.runs_out_at > now
    )
    lately = select(func.count()).where(*mine, COLUMNS.asked_at > now - 86_400)
    many = (db.scalar(waiting) or 0) - leaving
    return many < MAX_WAITING and (db.scalar(lately) or 0) < MAX_ASKED_PER_DAY


def answer(db: Session, request: SubmittedRequest, **values: str | int | None) -> bool:
    """Answer a waiting request; True for the one answer that counts."""
    statement = (
        update(SubmittedRequest)
        .where(COLUMNS.owner == request.owner, COLUMNS.id == request.id)
        .where(COLUMNS.state == "waiting")
        .values(state="answered", **values)
    )
    return bool(db.execute(statement).rowcount == 1)  # type: ignore[attr-defined]


def withdraw(db: Session, request: SubmittedRequest) -> bool:
    """The party takes back what waits; False where it was answered or taken back before."""
    statement = (
        update(SubmittedRequest)
        .where(COLUMNS.id == request.id, COLUMNS.owner == request.owner)
        .where(COLUMNS.state == "waiting")
        .values(state="withdrawn")
    )
    return bool(db.execute(statement).rowcount == 1)  # type: ignore[attr-defined]


def _union(text: str, more: Iterable[str]) -> str:
    return json.dumps(sorted({*json.loads(text), *more}))
