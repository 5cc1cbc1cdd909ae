"""Coming back for the answer, no sooner than the sharing service wants (Grant 3.3.6)."""

from __future__ import annotations

from heart_uma.sealing import SealError, open_sealed
from requester_app.answers import Held
from requester_app.identity import SignInNeeded
from requester_app.models import ask as asks
from requester_app.models.ask import Ask, AskedRecord
from requester_app.presenting import present
from requester_app.visit import Means, Visit


def check(visit: Visit, ask: Ask) -> None:
    """Come back to the records whose interval is over; the others wait (Grant 3.3.6)."""
    means, due = visit.means, []
    now = means.now()
    with means.writing() as session:
        for record in asks.records_of(session, [ask])[ask.id]:
            again = record.state in (asks.WAITING, asks.SENDING, asks.FAILED)
            if again and record.next_poll <= now and asks.take_turn(session, record, now):
                due.append(record)
    if ask.created + asks.LIFE <= now:
        _run_out(means, due)
        return
    answers = present(visit, ask, due, {record.record: waiting(means, record) for record in due})
    if any(answer.state == "sign_in" for answer in answers.values()):
        raise SignInNeeded


def check_all(visit: Visit) -> None:
    """Come back for every open ask of this person that is due."""
    with visit.means.reading() as session:
        mine = asks.all_of(session, visit.person)
        records = asks.records_of(session, mine)
    now = visit.means.now()
    for ask in mine:
        waits = (r for r in records[ask.id] if r.state in (asks.WAITING, asks.SENDING))
        if any(record.next_poll <= now for record in waits):
            check(visit, ask)


def waiting(means: Means, record: AskedRecord) -> Held:
    """The ticket to come back with."""
    if not record.sealed:
        return Held(source=record.source)
    try:
        kept = open_sealed(means.secret, record.sealed)
    except SealError:
        return Held(source=record.source)
    return Held(ticket=str(kept["ticket"]), issuer=str(kept["issuer"]), source=record.source)


def _run_out(means: Means, records: list[AskedRecord]) -> None:
    with means.writing() as session:
        for record in records:
            record.state, record.sealed = asks.RAN_OUT, ""
            session.merge(record)
