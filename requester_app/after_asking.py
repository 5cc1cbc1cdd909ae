"""What is kept of an ask: what became of each record's part, and the keys that came of it."""

from __future__ import annotations

from sqlalchemy.orm import Session

from heart_uma.sealing import seal
from requester_app.answers import Answer
from requester_app.held_keys import kept_of
from requester_app.models import ask as asks
from requester_app.models import key as keys
from requester_app.models.ask import Ask, AskedRecord
from requester_app.said import seal_said
from requester_app.visit import Means

_STATE_OF = {
    "granted": asks.YES,
    "waiting": asks.WAITING,
    "denied": asks.NO,
    "ended": asks.NO,
    "gone": asks.FAILED,
    "facts": asks.FACTS,
    "down": asks.FAILED,
    "sign_in": asks.WAITING,
}


def keep_answers(
    means: Means, ask: Ask, records: list[AskedRecord], answers: dict[str, Answer]
) -> None:
    now = means.now()
    with means.writing() as session:
        for record in records:
            answer = answers[record.record]
            state = _state_after(record, answer)
            record.changed = now if state != record.state else record.changed
            record.state = state
            record.source = answer.source or record.source
            # A ticket that may have been presented is not used again; the next check starts afresh.
            record.sealed = record.sealed if answer.state == "sign_in" else ""
            record.said = seal_said(means, answer.said) if answer.said.state else record.said
            if answer.state == "waiting":
                ticket = {"ticket": answer.ticket, "issuer": answer.issuer}
                record.sealed = seal(means.secret, ticket)
                record.interval = answer.interval
            record.next_poll = now + record.interval
            session.merge(record)
            if answer.state == "granted":
                _take_key(session, means.secret, ask.person, record, answer, now)
            elif answer.state == "waiting":
                _forget_bare_try(session, ask.person, record)


def _state_after(record: AskedRecord, answer: Answer) -> str:
    """What became of a record's part; a request that waits goes on to wait through an outage."""
    if is_withdrawn(answer):
        return asks.WITHDRAWN
    if answer.state == "down" and record.state == asks.WAITING:
        return asks.WAITING
    return _STATE_OF[answer.state]


def is_withdrawn(answer: Answer) -> bool:
    """True when the sharing service says that the request waits no more: its person took it back,
    here or elsewhere, or asked anew."""
    return answer.state == "denied" and answer.said.state == "withdrawn"


def _take_key(
    session: Session, secret: str, who: str, record: AskedRecord, answer: Answer, now: int
) -> None:
    """The new rights open the chart: an upgraded RPT replaces the old one, which is discarded.

    Without an upgrade neither RPT holds all rights (Grant 3.3.5.1): the next look asks for one
    that does.
    """
    key = keys.of(session, who, [record.record]).get(record.record) or keys.Key(
        person=who, record=record.record
    )
    key.source, key.changed = record.source or key.source, now
    if answer.upgraded:
        key.sealed = seal(secret, kept_of(answer))
        key.state, key.issued, key.expires = keys.OPEN, now, now + answer.expires_in
    else:
        key.sealed, key.state = "", "try"
    keys.store(session, key)


def _forget_bare_try(session: Session, who: str, record: AskedRecord) -> None:
    """The ask takes the place of an earlier try without words; its ticket is of no more use."""
    key = keys.of(session, who, [record.record]).get(record.record)
    if key is not None and key.state == keys.WAITING:
        keys.drop(session, who, [record.record])
