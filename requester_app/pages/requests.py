"""My requests: waiting, yes, no, ran out (UX R4). `GET /requests`, `GET, POST /requests/<id>`."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, render_template
from werkzeug.wrappers import Response as AnyResponse

from requester_app import asking
from requester_app.browser import one_time, person
from requester_app.context import current_requester
from requester_app.db import reading
from requester_app.errors import PlainError
from requester_app.locations import see
from requester_app.models import ask as asks
from requester_app.models import pointer as pointers
from requester_app.models.ask import Ask, AskedRecord
from requester_app.record_address import host_of
from requester_app.wording import ASK_PURPOSES, TOPIC_NAMES, names

bp = Blueprint("requests", __name__)
ANSWERS = {
    asks.WAITING: ("Waiting", "info"),
    asks.YES: ("Yes", "ok"),
    asks.NO: ("No", "warn"),
    asks.RAN_OUT: ("Ran out", ""),
    asks.FACTS: ("More is needed", "warn"),
    asks.FAILED: ("Not sent", "danger"),
}
RECORD_WORDS = {
    asks.SENDING: "not sent yet",
    asks.WAITING: "waiting",
    asks.YES: "yes",
    asks.NO: "no",
    asks.FACTS: "more must be known about you",
    asks.FAILED: "no answer from this source",
    asks.RAN_OUT: "ran out",
}


@dataclass(frozen=True)
class Row:
    """One request on the list."""

    ask: Ask
    answer: str
    words: str
    tone: str
    kinds: str


@bp.get("/requests")
def show_all() -> str:
    """The list; requests whose interval is over are checked on the way."""
    asking.check_all()
    with reading() as session:
        mine = asks.all_of(session, person())
        records = asks.records_of(session, mine)
    rows = []
    for ask in mine:
        answer = asks.answer_of(records[ask.id], ask.created, current_requester.now())
        rows.append(Row(ask, answer, *ANSWERS[answer], names(ask.kind_list)))
    return render_template("requester/requests.html", rows=rows)


def _found(request_id: str) -> tuple[Ask, list[AskedRecord], bool]:
    with reading() as session:
        ask = asks.find(session, person(), request_id)
        if ask is None:
            raise PlainError(404)
        records = asks.records_of(session, [ask])[ask.id]
        has_pointer = pointers.find(session, person(), ask.pointer) is not None
    return ask, records, has_pointer


@bp.get("/requests/<request_id>")
def show(request_id: str) -> str:
    """One request: what was asked, and how each source answered."""
    ask, _, _ = _found(request_id)
    asking.check(ask)
    ask, records, has_pointer = _found(request_id)
    answer = asks.answer_of(records, ask.created, current_requester.now())
    return render_template(
        "requester/request.html",
        ask=ask,
        answer=answer,
        words=ANSWERS[answer],
        has_pointer=has_pointer,
        kind_names=names(ask.kind_list),
        topic_names=", ".join(TOPIC_NAMES.get(code, code) for code in ask.topic_list),
        purpose_words=ASK_PURPOSES.get(ask.purpose, ""),
        sources=[(r.source or host_of(r.record), RECORD_WORDS[r.state]) for r in records],
        wait=max([0, *(r.next_poll - current_requester.now() for r in records if r.sealed)]),
    )


@bp.post("/requests/<request_id>")
@one_time
def check_now(request_id: str) -> AnyResponse:
    """Come back for the answer, no sooner than the sharing service wants to be asked."""
    ask, _, _ = _found(request_id)
    asking.check(ask)
    return see("requests.show", request_id=ask.id)
