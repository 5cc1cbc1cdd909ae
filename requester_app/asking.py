"""Asking every record of a patient for what a person filled in (Grant 3.3.6)."""

from __future__ import annotations

import json
import secrets

from requester_app.ask_answers import AskAnswers
from requester_app.ask_terms import until
from requester_app.held_keys import held_rpt
from requester_app.models import ask as asks
from requester_app.models import key as keys
from requester_app.models.ask import Ask, AskedRecord
from requester_app.models.pointer import Pointer
from requester_app.presenting import present
from requester_app.visit import Means, Visit


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
