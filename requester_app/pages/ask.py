"""Asking a patient for records. `GET, POST /ask/<pointer>`."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, render_template, request
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as AnyResponse

from heart_ui.words import gettext as _
from heart_uma.sealing import SealError, open_sealed
from requester_app import asking
from requester_app.ask_answers import OWN_WORDS, AskAnswers, as_asked, problems
from requester_app.browser import this_visit
from requester_app.locations import see
from requester_app.models import ask as asks
from requester_app.models import form as forms
from requester_app.models.pointer import Pointer
from requester_app.my_pointer import my_pointer
from requester_app.once import one_time
from requester_app.wording import (
    ASK_PURPOSES,
    ASKABLE_KINDS,
    LENGTHS,
    TEMPLATES,
    TOPIC_NAMES,
    kind_name,
    names,
    purpose_read,
)

bp = Blueprint("ask", __name__)


def _answers(form: MultiDict[str, str]) -> AskAnswers:
    return AskAnswers(
        kinds=tuple(form.getlist("kind")),
        wants_topics=form.get("private") == "yes",
        topics=tuple(form.getlist("topic")),
        topic_words=form.get("topicwords", "")[:1000],
        purpose=form.get("purpose", ""),
        words=form.get("words", "")[:1000],
        length=form.get("length", ""),
    )


def _from_template(pointer: Pointer) -> AskAnswers:
    """A preset, or the kinds of the page before, fill the ticks visibly; else nothing is ticked."""
    chosen = request.args.get("for", "")
    kinds = next((kinds for key, _words, kinds in TEMPLATES if key == chosen), ())
    one_kind = request.args.getlist("kind")
    return AskAnswers(
        kinds=kinds or tuple(k for k in one_kind if k in ASKABLE_KINDS), purpose=pointer.purpose
    )


def _again(pointer: Pointer) -> AskAnswers | None:
    """An earlier request of this person's to this patient, to ask for less or for more: for the
    kinds that the link names, else for those it asked for."""
    visit = this_visit()
    with visit.means.reading() as session:
        ask = asks.find(session, visit.person, request.args.get("again", ""))
    if ask is None or ask.pointer != pointer.id:
        return None
    kinds = [k for k in request.args.getlist("kind") if k in ASKABLE_KINDS] or ask.kind_list
    lasting = datetime.fromisoformat(ask.until) - datetime.fromtimestamp(ask.created, UTC)
    return as_asked(kinds, ask.topic_list, ask.purpose, ask.reason, lasting)


def _draft(page: str) -> AskAnswers | None:
    """Answers that were sent when the sign-in had just run out."""
    visit = this_visit()
    with visit.means.writing() as session:
        sealed = forms.take_draft(session, visit.person, page)
    if sealed is None:
        return None
    try:
        return _answers(MultiDict(open_sealed(visit.means.secret, sealed)))
    except SealError:
        return None  # the secret was changed since


@bp.get("/ask/<pointer_id>")
def show(pointer_id: str) -> str:
    """The form, empty, from a preset, or with answers that were kept."""
    pointer = my_pointer(pointer_id)
    kept = _draft(request.path)
    answers = kept or _again(pointer) or _from_template(pointer)
    return _form(pointer, answers, {}, kept=kept is not None)


@bp.post("/ask/<pointer_id>")
@one_time
def send(pointer_id: str) -> str | AnyResponse:
    """First press: show what the patient will read. Second press: send it to every record."""
    visit = this_visit()
    pointer, answers = my_pointer(pointer_id), _answers(request.form)
    errors = problems(answers)
    if errors or request.form.get("then") == "change":
        return _form(pointer, answers, errors)
    if request.form.get("then") != "send":
        return render_template("requester/ask_preview.html", **_context(pointer, answers))
    ask = asking.send(visit, pointer, answers)
    return see("requests.show", request_id=ask.id)


def _form(
    pointer: Pointer, answers: AskAnswers, errors: dict[str, str], *, kept: bool = False
) -> str:
    return render_template(
        "requester/ask.html",
        **_context(pointer, answers),
        errors=errors,
        kept=kept,
        kinds=[(kind, kind_name(kind), "") for kind in ASKABLE_KINDS],
        topics=[(code, _(name), "") for code, name in TOPIC_NAMES.items()],
        purposes=[(code, _(words), "") for code, words in ASK_PURPOSES.items()],
        lengths=[(key, _(words), "") for key, (words, _days) in LENGTHS.items()],
        templates=TEMPLATES,
        limit=OWN_WORDS,
    )


def _context(pointer: Pointer, answers: AskAnswers) -> dict[str, Any]:
    visit = this_visit()
    claims = visit.identity.claims
    with visit.means.reading() as session:
        waits = asks.open_ones(session, visit.person, pointer.records)
    return {
        "open_ask": waits[0] if waits else None,
        "pointer": pointer,
        "answers": answers,
        "kind_names": names(answers.kinds),
        "topic_names": ", ".join(
            _(TOPIC_NAMES[t]) for t in answers.asked_topics if t in TOPIC_NAMES
        ),
        "purpose_words": purpose_read(answers.purpose),
        "length_words": _(LENGTHS.get(answers.length, ("", 0))[0]),
        "my_name": claims.get("name") or "",
        "my_email": claims.get("email") if claims.get("email_verified") else "",
    }
