"""My requests: waiting, yes, no, expired, taken back.

`GET /requests`, `GET, POST /requests/<id>`, `POST /requests/<id>/withdraw`,
`POST /withdraw/<pointer>` for all that waits about one patient.
"""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from heart_ui.words import N_
from heart_ui.words import gettext as _
from heart_uma.outcomes import Said
from requester_app import checking, taking_back
from requester_app.answer_words import answer_words
from requester_app.browser import BY_ITSELF, this_visit
from requester_app.errors import PlainError
from requester_app.locations import see
from requester_app.models import ask as asks
from requester_app.models import pointer as pointers
from requester_app.models.ask import Ask, AskedRecord
from requester_app.my_pointer import my_pointer
from requester_app.once import one_time
from requester_app.record_address import host_of
from requester_app.said import said_of
from requester_app.watching import CHECK_EVERY
from requester_app.wording import ASK_PURPOSES, TOPIC_NAMES, names

bp = Blueprint("requests", __name__)
RECORD_WORDS = {
    asks.SENDING: N_("not sent yet"),
    asks.WAITING: N_("waiting"),
    asks.YES: N_("yes"),
    asks.NO: N_("no"),
    asks.FACTS: N_("more must be known about you"),
    asks.FAILED: N_("no answer from this source"),
    asks.RAN_OUT: N_("expired"),
    asks.WITHDRAWN: N_("withdrawn"),
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
    visit = this_visit()
    checking.check_all(visit)
    with visit.means.reading() as session:
        mine = asks.all_of(session, visit.person)
        records = asks.records_of(session, mine)
    rows = []
    for ask in mine:
        answer = asks.answer_of(records[ask.id], ask.created, visit.means.now())
        words = answer_words(answer, said_of(visit.means, records[ask.id]), ask)
        rows.append(Row(ask, answer, *words, names(ask.kind_list)))
    return render_template("requester/requests.html", rows=rows)


def _found(request_id: str) -> tuple[Ask, list[AskedRecord], bool]:
    visit = this_visit()
    with visit.means.reading() as session:
        ask = asks.find(session, visit.person, request_id)
        if ask is None:
            raise PlainError(404)
        records = asks.records_of(session, [ask])[ask.id]
        has_pointer = pointers.find(session, visit.person, ask.pointer) is not None
    return ask, records, has_pointer


@bp.get("/requests/<request_id>")
def show(request_id: str) -> str:
    """One request: what was asked, and how each source answered.

    While it waits the page opens again by itself, until the person says otherwise (WCAG 2.2.1,
    2.2.2): where script is on it is told of an answer (waiting.py), else it asks the browser to be
    opened anew, which is no use of the session either.
    """
    visit = this_visit()
    ask, *_more = _found(request_id)
    checking.check(visit, ask)
    ask, records, has_pointer = _found(request_id)
    answer = asks.answer_of(records, ask.created, visit.means.now())
    due, checked = asks.next_check(records, visit.means.now())
    return render_template(
        "requester/request.html",
        ask=ask,
        answer=answer,
        said=(said := said_of(visit.means, records)),
        words=answer_words(answer, said, ask),
        given=_given(said, ask),
        has_pointer=has_pointer,
        kind_names=names(ask.kind_list),
        topic_names=", ".join(_(TOPIC_NAMES.get(code, code)) for code in ask.topic_list),
        purpose_words=_(ASK_PURPOSES.get(ask.purpose, "")),
        sources=[(r.source or host_of(r.record), _(RECORD_WORDS[r.state])) for r in records],
        wait=max(due, CHECK_EVERY),
        again=url_for(".show", request_id=ask.id, by=BY_ITSELF),
        unreached=[
            r.source or host_of(r.record)
            for r in records
            if r.state == asks.WAITING and not r.sealed
        ],
        checked=checked,
        by_itself="off" not in request.args.getlist("checks"),
        not_told="not_told" in request.args,
        replaced=_replaced(ask),
    )


def _given(said: Said, ask: Ask) -> tuple[list[str], list[str]]:
    """The kinds that were given, and those of the asked ones that were not."""
    asked = ask.kind_list
    yes = [kind for kind in asked if kind in said.kinds]
    return yes, [kind for kind in asked if kind not in said.kinds]


def _replaced(ask: Ask) -> Ask | None:
    """The request whose place this one took."""
    visit = this_visit()
    with visit.means.reading() as session:
        return asks.find(session, visit.person, ask.replaces) if ask.replaces else None


@bp.post("/requests/<request_id>")
@one_time
def check_now(request_id: str) -> AnyResponse:
    """Come back for the answer, no sooner than the sharing service wants to be asked."""
    visit = this_visit()
    ask, *_more = _found(request_id)
    checking.check(visit, ask)
    return see("requests.show", request_id=ask.id)


@bp.post("/requests/<request_id>/withdraw")
@one_time
def withdraw(request_id: str) -> AnyResponse:
    """Take the request back, if it still waits; else its page says what became of it."""
    visit = this_visit()
    ask, *_more = _found(request_id)
    told = taking_back.take_back(visit, ask)
    return see("requests.show", request_id=ask.id, **({} if told else {"not_told": 1}))


@bp.post("/withdraw/<pointer_id>")
@one_time
def withdraw_all(pointer_id: str) -> AnyResponse:
    """Take back all that waits about one patient: requests, and that the link was tried."""
    visit = this_visit()
    told = taking_back.take_back_all(visit, my_pointer(pointer_id))
    return see("patients.show", withdrawn="yes" if told else "no")
