"""Taking a request back, or a try: once, by who made it (Grant 3.3.6; `withdraw`, an extension)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from requester_app.after_asking import is_withdrawn
from requester_app.answers import Answer, Held, Terms
from requester_app.checking import waiting
from requester_app.fetching import RecordProcess
from requester_app.held_keys import held_ticket
from requester_app.identity import SignInNeeded
from requester_app.models import ask as asks
from requester_app.models import key as keys
from requester_app.models.ask import Ask
from requester_app.models.pointer import Pointer
from requester_app.presenting import present
from requester_app.side_by_side import side_by_side
from requester_app.visit import Visit

OPEN = (asks.WAITING, asks.SENDING, asks.FAILED)


def take_back(visit: Visit, ask: Ask) -> bool:
    """Withdraw what waits at every record; False where one could not be told, so that the patient
    may still see it. What she answered first stands."""
    means, mine = visit.means, []
    now = means.now()
    with means.writing() as session:
        for record in asks.records_of(session, [ask])[ask.id]:
            if record.state in OPEN and asks.take_turn(session, record, now, due=False):
                mine.append(record)
    held = {record.record: waiting(means, record) for record in mine}
    answers = present(visit, ask, mine, held, withdraw=True)
    return _all_told(answers)


def take_back_all(visit: Visit, pointer: Pointer) -> bool:
    """Withdraw all that this person has waiting about a patient: her requests, and her tries."""
    with visit.means.reading() as session:
        mine = asks.open_ones(session, visit.person, pointer.records)
    done = [take_back(visit, ask) for ask in mine]
    return all([*done, _take_back_tries(visit, pointer)])


def waiting_about(visit: Visit, mine: list[Pointer]) -> set[str]:
    """The pointers about whose patients something of this person's waits."""
    who, found = visit.person, set()
    with visit.means.reading() as session:
        for pointer in mine:
            held = keys.of(session, who, pointer.records).values()
            tried = any(key.state == keys.WAITING for key in held)
            if tried or asks.open_ones(session, who, pointer.records):
                found.add(pointer.id)
    return found


def _take_back_tries(visit: Visit, pointer: Pointer) -> bool:
    who, means, me = visit.person, visit.means, visit.identity
    terms = Terms(purpose_of_use=pointer.purpose, withdraw=True)
    calls: dict[str, Callable[[], Answer]] = {}
    with means.writing() as session:
        for base, key in keys.of(session, who, pointer.records).items():
            # The ticket is taken out first: of two windows one presents it.
            if key.state == keys.WAITING and keys.spend(session, key):
                held: Held = held_ticket(visit, key)
                calls[base] = partial(RecordProcess(means, me, base, terms, {}).ask, held)
    answers = side_by_side(calls, threads=means.threads, deadline=means.deadline)
    me.save(means.engine)
    with means.writing() as session:
        # What the record is worth now is found out when it is opened again.
        keys.drop(session, who, [base for base, one in answers.items() if is_over(one)])
    return _all_told(answers)


def is_over(answer: Answer) -> bool:
    """True when nothing waits any more, however it ended."""
    return is_withdrawn(answer) or answer.state in ("granted", "denied")


def _all_told(answers: dict[str, Answer]) -> bool:
    if any(answer.state == "sign_in" for answer in answers.values()):
        raise SignInNeeded
    return all(is_over(answer) for answer in answers.values())
