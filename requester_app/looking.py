"""Looking at the records of one pointer: what is held, what is tried, what is kept (Grant 3.1-3.6).

A record is asked on its own accord only when it opened before, or when the person pressed a
button: a try without access files a request with the patient, and nobody should do that by
walking through a list.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from requester_app.after_looking import keep_refreshed, store_answers
from requester_app.answers import Answer, Held, Terms
from requester_app.fetching import RecordProcess
from requester_app.held_keys import TRY, held_by
from requester_app.identity import SignInNeeded
from requester_app.models import key as keys
from requester_app.models.key import Key
from requester_app.models.pointer import Pointer
from requester_app.reading.after_a_look import state_of
from requester_app.reading.source_state import SourceState
from requester_app.record_address import host_of
from requester_app.remembered import keep as remember
from requester_app.remembered import recalled
from requester_app.side_by_side import side_by_side
from requester_app.visit import Means, Visit

_CLOSED = (keys.NEW, keys.NO_ACCESS, keys.ENDED)


@dataclass(frozen=True, slots=True)
class Looked:
    """One record after a look: its answer, if it was called, and its state as stored."""

    base: str
    stored: str
    source: str
    changed: int
    shown: int
    answer: Answer | None
    can_tell: bool = False

    @property
    def state(self) -> SourceState:
        """What every page says of it."""
        state = state_of(self.stored, self.answer, seen=bool(self.shown))
        can_tell = self.can_tell and state == "facts"
        return SourceState(self.source or host_of(self.base), state, self.shown, can_tell)


def look_at(
    visit: Visit,
    pointer: Pointer,
    shown: Mapping[str, str] | None,
    answered: Mapping[str, Terms],
) -> list[Looked]:
    """Read every record of the pointer that may be read now; raise SignInNeeded when it is over.

    `answered` has, by record, the terms under which the patient answered: with them a record that
    did not open is looked at anew, and she is asked nothing.
    """
    who, means, bases = visit.person, visit.means, pointer.records
    with means.reading() as session:
        held = keys.of(session, who, bases)
    me, pcts = visit.identity, recalled(visit)
    calls: dict[str, Callable[[], Answer]] = {}
    for base in bases:
        key = held.get(base)
        if key is not None and _may_call(means, key):
            keep = partial(keep_refreshed, means, key)
            process = RecordProcess(means, me, base, Terms(pointer.purpose), {}, keep, pcts)
            calls[base] = partial(process.look, held_by(visit, key), shown)
        elif base in answered and (key is None or key.state in _CLOSED):
            key = held[base] = key or Key(person=who, record=base)
            process = RecordProcess(means, me, base, answered[base], {})
            calls[base] = partial(process.look, Held(source=key.source), shown)
    answers = side_by_side(calls, threads=means.threads, deadline=means.deadline)
    me.save(means.engine)
    store_answers(means, held, answers)
    remember(visit, answers.values())
    if any(answer.state == "sign_in" for answer in answers.values()):
        raise SignInNeeded
    return [_looked(base, held.get(base), answers.get(base)) for base in bases]


def _looked(base: str, key: Key | None, answer: Answer | None) -> Looked:
    if key is None:
        return Looked(base, keys.NEW, "", 0, 0, answer)
    can_tell = key.state == keys.FACTS and bool(key.sealed)
    return Looked(base, key.state, key.source, key.changed, key.shown, answer, can_tell)


def _may_call(means: Means, key: Key) -> bool:
    if key.state == keys.WAITING:
        if key.next_poll > means.now():
            return False
        with means.writing() as session:
            return keys.spend(session, key)
    return key.state in (keys.OPEN, TRY) or (key.state == keys.ENDED and bool(key.sealed))


def try_again(visit: Visit, pointer: Pointer) -> None:
    """The person asks for a fresh look: open records start over, the others forget what failed."""
    who = visit.person
    with visit.means.writing() as session:
        held = keys.of(session, who, pointer.records)
        for base in pointer.records:
            key = held.get(base) or Key(person=who, record=base)
            if key.state == keys.WAITING:
                continue
            key.sealed = key.sealed if key.state == keys.OPEN else ""
            key.state = TRY
            keys.store(session, key)


def states_of(visit: Visit, pointers: list[Pointer]) -> dict[str, list[Key]]:
    """What is known of every pointer's records, without calling any."""
    bases = {base for pointer in pointers for base in pointer.records}
    with visit.means.reading() as session:
        held = keys.of(session, visit.person, bases)
    return {p.id: [held[base] for base in p.records if base in held] for p in pointers}
