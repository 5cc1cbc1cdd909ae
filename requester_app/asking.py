"""Asking every record of a patient, and coming back for the answer (Grant 3.3.6)."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable
from dataclasses import asdict, replace
from functools import partial

from sqlalchemy.orm import Session

from heart_uma.outcomes import NOTHING_SAID, Said
from heart_uma.sealing import SealError, open_sealed, seal
from requester_app.answers import Answer, Held
from requester_app.fetching import RecordProcess
from requester_app.identity import SignInNeeded
from requester_app.looking import held_rpt, kept_of
from requester_app.models import ask as asks
from requester_app.models import key as keys
from requester_app.models.ask import Ask, AskedRecord
from requester_app.models.pointer import Pointer
from requester_app.side_by_side import side_by_side
from requester_app.visit import Means, Visit
from requester_app.wording import AskAnswers, query_for, terms_of, until

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


def send(visit: Visit, pointer: Pointer, answers: AskAnswers) -> Ask:
    """Ask every record of the pointer under one `ask_id`, and keep what each answered.

    What the person asked before about one of these records, and still waits, is replaced: a
    patient is asked one thing at a time by one person.
    """
    means, who = visit.means, visit.person
    ask = Ask(
        id=secrets.token_urlsafe(12),
        person=who,
        pointer=pointer.id,
        patient=pointer.patient,
        ask_id=secrets.token_urlsafe(24),
        kinds=json.dumps(list(answers.kinds)),
        topics=json.dumps(list(answers.asked_topics)),
        purpose=answers.purpose,
        reason=answers.reason,
        until=until(answers.length, means.clock()),
        created=means.now(),
    )
    with means.writing() as session:
        pointer.purpose = answers.purpose
        session.merge(pointer)
        held = keys.of(session, who, pointer.records)
        before = asks.open_ones(session, who, pointer.records)
        ask.replaces = before[0].id if before else ""
        session.add(ask)
        # On disk before the first call: a crash leaves a request that can still be checked.
        records = [AskedRecord(ask=ask.id, record=base) for base in pointer.records]
        session.add_all(records)
    given = {base: held_rpt(visit, held.get(base)) for base in pointer.records}
    present(visit, ask, records, given, replaces=before[0].ask_id if before else "")
    for one in before:
        _was_replaced(means, one, ask)
    return ask


def _was_replaced(means: Means, earlier: Ask, ask: Ask) -> None:
    """Where the new one went through, the sharing service took the earlier one back with it."""
    with means.writing() as session:
        found = asks.records_of(session, [earlier, ask])
        sent = {r.record for r in found[ask.id] if r.state in (asks.WAITING, asks.YES)}
        for record in found[earlier.id]:
            if record.record in sent and record.state in (asks.WAITING, asks.SENDING):
                record.state, record.sealed = asks.WITHDRAWN, ""


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


def present(
    visit: Visit,
    ask: Ask,
    records: list[AskedRecord],
    held: dict[str, Held],
    *,
    replaces: str = "",
    withdraw: bool = False,
) -> dict[str, Answer]:
    """One process per record, side by side; then one write of all that came of it."""
    if not records:
        return {}
    means, me = visit.means, visit.identity
    terms = replace(
        terms_of(ask.purpose, ask.reason, ask.until, ask.ask_id, ask.topic_list),
        replaces=replaces,
        withdraw=withdraw,
    )
    calls: dict[str, Callable[[], Answer]] = {
        record.record: partial(
            RecordProcess(means, me, record.record, terms, query_for(ask.kind_list)).ask,
            held[record.record],
        )
        for record in records
    }
    answers = side_by_side(calls, threads=means.threads, deadline=means.deadline)
    me.save(means.engine)
    _keep(means, ask, records, answers)
    return answers


def _keep(means: Means, ask: Ask, records: list[AskedRecord], answers: dict[str, Answer]) -> None:
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


def seal_said(means: Means, said: Said) -> str:
    """What was told of a request, as it is kept."""
    return seal(means.secret, asdict(said))


def said_of(means: Means, records: list[AskedRecord]) -> Said:
    """What the owner answered, put together from all records: she answers once a service."""
    told = [one for record in records if (one := _said(means, record)) is not None and one.answer]
    yes = [one for one in told if one.answer != "no"]
    if not yes:
        return told[0] if told else NOTHING_SAID
    kinds = tuple(dict.fromkeys(kind for one in yes for kind in one.kinds))
    return replace(yes[0], kinds=kinds)


def _said(means: Means, record: AskedRecord) -> Said | None:
    if not record.said:
        return None
    try:
        kept = open_sealed(means.secret, record.said)
    except SealError:
        return None  # the secret was changed since
    return Said(**{**kept, "kinds": tuple(kept["kinds"])})


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


def _run_out(means: Means, records: list[AskedRecord]) -> None:
    with means.writing() as session:
        for record in records:
            record.state, record.sealed = asks.RAN_OUT, ""
            session.merge(record)
