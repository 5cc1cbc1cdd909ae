"""Who asks to see records; answer yes to all, yes to some, or no. Nothing is picked for her."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from heart_ui.words import N_
from heart_ui.words import gettext as _
from patient_portal import frame
from patient_portal.errors import Refused
from patient_portal.policies import answering, draft_answers, draft_ids, offers
from patient_portal.policies.policy import Policy
from patient_portal.policies.sharing_request import SharingRequest
from patient_portal.sharing import shares
from patient_portal.visit import once, outcome, this_place, this_visit
from patient_portal.words.preview_words import preview_words, search_words

TABS = (("waiting", N_("Waiting")), ("answered", N_("Answered")), ("ran_out", N_("Expired")))
MESSAGE_LENGTH = 280

bp = Blueprint("requests", __name__, url_prefix="/requests")


@bp.get("")
def waiting() -> ResponseReturnValue:
    visit = this_visit()
    tab = request.args.get("tab", "waiting")
    tab = tab if tab in dict(TABS) else "waiting"
    if tab == "waiting":
        found, unread = visit.service.waiting_and_unread()
        frame.know_waiting(found, unread)
    else:
        found = visit.service.requests(tab)
    people: dict[str, list[SharingRequest]] = {}
    for one in found:
        people.setdefault(one.who.key, []).append(one)
    return render_template("portal/requests.html", tab=tab, tabs=TABS, people=people.values())


@bp.get("/<request_id>")
def show(request_id: str) -> ResponseReturnValue:
    visit = this_visit()
    asked = visit.service.request(request_id)
    if asked.state != "waiting":
        return _closed(asked)
    begun = _saved_draft(asked)
    sent = visit.session.kept_form(this_place()) or {
        **answering.form_of(begun, asked),
        **answering.time_of(begun, visit.moment, visit.zone),
    }
    return _page(asked, sent, {})


@bp.post("/<request_id>")
def choose(request_id: str) -> ResponseReturnValue:
    """Keep a yes as a draft and go on to the check; carry out a no."""
    visit = this_visit()
    asked = visit.service.request(request_id)
    if asked.state != "waiting":
        return _closed(asked)
    form = dict(request.form.lists())
    last, wrong = answering.last_day(form, asked, visit.moment, visit.zone)
    if errors := answering.problems(form, asked, MESSAGE_LENGTH) | wrong:
        return _page(asked, form, errors)
    if form["answer"] == ["no"]:
        return once(lambda: _say_no(asked, form))
    begun = _saved_draft(asked)
    answered = answering.draft_of(asked, form, visit.moment, last)
    visit.service.save(answered.changed(version=begun.version if begun else None))
    return redirect(url_for(".check", request_id=request_id), 303)


@bp.get("/<request_id>/check")
def check(request_id: str) -> ResponseReturnValue:
    visit = this_visit()
    asked = visit.service.request(request_id)
    begun = _saved_draft(asked)
    if asked.state != "waiting":
        return _closed(asked)
    if begun is None or not (begun.what.kinds or begun.what.everything):
        return redirect(url_for(".show", request_id=request_id), 303)
    search = search_words(request.args)
    view = shares.preview(visit.service, visit.clinics, begun, None, search)
    words = preview_words(view, request.args)
    return render_template("portal/request_check.html", asked=asked, draft=begun, **words)


@bp.post("/<request_id>/hint")
def answer_hint(request_id: str) -> ResponseReturnValue:
    visit = this_visit()
    asked, reference = visit.service.request(request_id), request.form.get("record", "")
    begun, seen = _saved_draft(asked), request.form.getlist("ok")
    if begun and request.form.get("hint") == "hold":
        visit.service.save(draft_answers.holding_back(begun, reference))
    else:
        seen = [*seen, reference]
    return redirect(url_for(".check", request_id=request_id, ok=seen), 303)


@bp.post("/<request_id>/check")
def start(request_id: str) -> ResponseReturnValue:
    visit = this_visit()

    def say_yes() -> tuple[str, dict[str, Any]]:
        asked = visit.service.request(request_id)
        begun = _saved_draft(asked)
        if asked.state != "waiting" or begun is None:
            return url_for(".show", request_id=request_id), {}
        view = shares.preview(visit.service, visit.clinics, begun, None)
        choice = answering.choice_of(begun, asked)
        share = answering.share_of(begun, asked)
        if not _answer(asked, choice, share):
            return url_for(".show", request_id=request_id, stale=1), {}
        _drop(begun)
        visit.session.changed_something()
        told = {"shown": len(view.shown), "total": view.total, "giving": view.giving()}
        return url_for(".done", request_id=request_id), {**told, "choice": choice}

    return once(say_yes)


@bp.get("/<request_id>/done")
def done(request_id: str) -> ResponseReturnValue:
    visit = this_visit()
    asked, told = visit.service.request(request_id), outcome()
    share = None
    if asked.answer and asked.answer.policy and asked.answer.answer != "no":
        share = visit.service.policy(asked.answer.policy)
    words = (
        frame.link().words(told.get("giving") or _giving(share), share.label.name) if share else {}
    )
    return render_template("portal/request_done.html", asked=asked, told=told, share=share, **words)


def _giving(share: Policy) -> dict[str, str]:
    visit = this_visit()
    return shares.view_of(visit.service, visit.clinics, share, visit.moment).giving()


def _say_no(asked: SharingRequest, form: dict[str, list[str]]) -> tuple[str, dict[str, Any]]:
    visit = this_visit()
    block = "block" in form
    reason = dict(offers.REASONS_FOR_NO).get(form.get("reason", [""])[0])
    tell = reason if reason and "tell_reason" in form else None
    if not _answer(asked, "no", None, tell_reason=tell, block=block):
        return url_for(".show", request_id=asked.id, stale=1), {}
    begun = _saved_draft(asked)
    if begun is not None:
        _drop(begun)
    visit.session.changed_something()
    return url_for(".done", request_id=asked.id), {"choice": "no", "blocked": block}


def _answer(asked: SharingRequest, choice: str, share: Policy | None, **more: Any) -> bool:
    """False when it was answered meanwhile (another window, a helper): nothing was changed."""
    visit = this_visit()
    try:
        visit.service.answer(asked.id, choice, policy=share, **more)
    except Refused as refused:
        if refused.status == 409:
            return False
        raise
    return True


def _saved_draft(asked: SharingRequest) -> Policy | None:
    visit = this_visit()
    try:
        found = visit.service.policy(draft_ids.for_request(asked.id))
    except Refused as refused:
        if refused.status == 404:
            return None
        raise
    return found if found.state == "draft" else None


def _drop(begun: Policy) -> None:
    visit = this_visit()
    try:
        visit.service.end(begun.id)
    except Refused:
        return


def _closed(asked: SharingRequest) -> ResponseReturnValue:
    return render_template("portal/request_closed.html", asked=asked, stale="stale" in request.args)


def _page(asked: SharingRequest, sent: dict[str, list[str]], errors: dict[str, str]) -> str:
    visit = this_visit()
    everything = shares.baseline(visit.service, visit.clinics)
    return render_template(
        "portal/request.html",
        asked=asked,
        sent=sent,
        errors=errors,
        all=everything,
        topics=dict(everything.topics()),
        free=sum(row.kind in asked.kinds for row in everything.shown),
        free_of={k: sum(r.kind == k for r in everything.shown) for k in asked.kinds},
        days=answering.days_of(asked, visit.moment, visit.zone),
        lengths=answering.lengths(asked, visit.moment, visit.zone),
        reason_options=[
            ("", _("Rather not say")),
            *((key, _(words)) for key, words in offers.REASONS_FOR_NO),
        ],
    )
