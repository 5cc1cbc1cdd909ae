"""Going to every record of an ask, one process each, side by side; then one write of what came."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from requester_app.after_asking import keep_answers
from requester_app.answers import Answer, Held
from requester_app.ask_terms import query_for, terms_of
from requester_app.fetching import RecordProcess
from requester_app.models.ask import Ask, AskedRecord
from requester_app.side_by_side import side_by_side
from requester_app.visit import Visit


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
    keep_answers(means, ask, records, answers)
    return answers
