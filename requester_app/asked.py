"""What was asked of one patient, and how she answered last."""

from __future__ import annotations

from dataclasses import dataclass

from requester_app import checking, said
from requester_app.answer_words import answer_words
from requester_app.answers import Terms
from requester_app.models import ask as asks
from requester_app.models.ask import Ask, AskedRecord
from requester_app.models.pointer import Pointer
from requester_app.visit import Visit


@dataclass(frozen=True, slots=True)
class Asked:
    """One request and its answer; `changed` is when it was answered last.

    `answer` is empty where nobody said no to this: turned away, or given and taken back.
    """

    ask: Ask
    answer: str
    changed: int
    words: tuple[str, str]
    until: int | None
    """The end of what was given."""


def latest(visit: Visit, pointer: Pointer) -> Asked | None:
    """The request of this patient that was answered last, else the newest.

    All of them are checked, each when its interval is over: a yes to an earlier one opens the
    record, whatever was said to the later.
    """
    mine = _of(visit, pointer)
    for ask, records in mine:
        if any(record.state in (asks.WAITING, asks.SENDING) for record in records):
            checking.check(visit, ask)
    found = [_asked(visit, ask, records) for ask, records in _of(visit, pointer)]
    waits = [one for one in found if one.answer == asks.WAITING]
    return max(waits or found, key=lambda one: (one.changed, one.ask.created), default=None)


def answered(visit: Visit, pointer: Pointer) -> dict[str, Terms]:
    """By record: the request that the patient answered last. Under its name she is asked nothing
    again (Grant 3.3.6, `ask_id`), so one may look whether she shares since."""
    found: dict[str, tuple[int, Terms]] = {}
    for ask, records in _of(visit, pointer):
        for record in records:
            earlier = found.get(record.record, (0, None))[0]
            if said.said_of(visit.means, [record]).answer and record.changed >= earlier:
                terms = Terms(purpose_of_use=ask.purpose, ask_id=ask.ask_id)
                found[record.record] = (record.changed, terms)
    return {record: terms for record, (_, terms) in found.items()}


def _asked(visit: Visit, ask: Ask, records: list[AskedRecord]) -> Asked:
    answer = asks.answer_of(records, ask.created, visit.means.now())
    told = said.said_of(visit.means, records)
    words = answer_words(answer, told, ask)
    until = told.until if answer == asks.YES else None
    if answer == asks.NO and told.answer != "no":
        answer = ""
    return Asked(ask, answer, max((record.changed for record in records), default=0), words, until)


def _of(visit: Visit, pointer: Pointer) -> list[tuple[Ask, list[AskedRecord]]]:
    with visit.means.reading() as session:
        mine = [ask for ask in asks.all_of(session, visit.person) if ask.pointer == pointer.id]
        records = asks.records_of(session, mine)
    return [(ask, records[ask.id]) for ask in mine]
