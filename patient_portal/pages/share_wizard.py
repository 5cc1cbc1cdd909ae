"""A new share, steps 2 to 4: what, topics, why and how long. Each answer is saved at once.

A draft is a policy in state `draft` at the authorization server, so leaving, signing in again or
going back loses nothing.
"""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from heart_ui.words import gettext as _
from patient_portal.policies import (
    draft_answers,
    draft_steps,
    lengths,
    names,
    offers,
)
from patient_portal.policies.policy import Policy
from patient_portal.policies.terms import Tell
from patient_portal.sharing import drafts, shares
from patient_portal.visit import this_place, this_visit
from patient_portal.words.wizard_steps import (
    address_of,
    answers_of_why,
    choices_of_topics,
    problems_of_why,
    step_links,
)

bp = Blueprint("share_wizard", __name__, url_prefix="/share/new")


@bp.get("/what")
def what() -> ResponseReturnValue:
    return _what_page(_draft(), {})


@bp.post("/what")
def choose_what() -> ResponseReturnValue:
    visit, now = this_visit(), _draft()
    preset = request.form.get("preset")
    everything = "everything" in request.form or preset == "everything"
    kinds = names.in_order(offers.BASICS if preset == "basics" else request.form.getlist("kind"))
    if preset == "none":
        everything, kinds = False, ()
    changed = draft_answers.with_kinds(now, kinds, everything=everything)
    if drafts.overtaken(now, changed, "what", request.form.get("was")):
        return _what_page(changed, {}, overtaken=True, was=draft_steps.mark(now, "what"))
    if preset or _later():
        visit.service.save(changed)
        return _leave() if _later() else redirect(url_for(".what", draft=now.id), 303)
    if not (everything or kinds or now.what.records.include):
        return _what_page(changed, {"kind": _("Choose at least one kind of record")})
    visit.service.save(changed)
    return _next("topics", now)


def _what_page(
    shown: Policy, errors: dict[str, str], *, overtaken: bool = False, was: str = ""
) -> str:
    visit = this_visit()
    was = was or draft_steps.mark(shown, "what")
    kept = _kept()
    if "kind" in kept or "everything" in kept:
        shown = draft_answers.with_kinds(
            shown, names.in_order(kept.getlist("kind")), everything="everything" in kept
        )
    everything = shares.baseline(visit.service, visit.clinics)
    return render_template(
        "portal/wizard_what.html",
        draft=shown,
        all=everything,
        overtaken=overtaken,
        was=was,
        errors=errors,
        steps=step_links(shown),
    )


@bp.get("/topics")
def topics() -> ResponseReturnValue:
    shown, kept = _draft(), _kept()
    was = draft_steps.mark(shown, "topics")
    if kept:
        shown = draft_answers.with_topics(shown, tuple(kept.getlist("topic")))
    return _topics_page(shown, was)


def _topics_page(shown: Policy, was: str, *, overtaken: bool = False) -> str:
    visit = this_visit()
    return render_template(
        "portal/wizard_topics.html",
        draft=shown,
        overtaken=overtaken,
        was=was,
        steps=step_links(shown),
        **choices_of_topics(shown, shares.baseline(visit.service, visit.clinics)),
    )


@bp.post("/topics")
def choose_topics() -> ResponseReturnValue:
    visit, now = this_visit(), _draft()
    chosen = tuple(code for code in request.form.getlist("topic") if names.is_topic(code))
    changed = draft_answers.with_topics(now, chosen)
    if drafts.overtaken(now, changed, "topics", request.form.get("was")):
        return _topics_page(changed, draft_steps.mark(now, "topics"), overtaken=True)
    visit.service.save(changed)
    return _leave() if _later() else _next("why", now)


@bp.get("/why")
def why() -> ResponseReturnValue:
    return _why_page(_draft(), _kept(), {})


@bp.post("/why")
def choose_why() -> ResponseReturnValue:
    visit = this_visit()
    now, form = _draft(), request.form
    length, errors = form.get("length", ""), problems_of_why(form)
    if errors:
        return _why_page(now, form, errors)
    until = now.when.until
    if length != "keep":
        until = lengths.until_of(length, visit.moment)
    level = "kinds" if form.get("tell") == "kinds" else "neutral"
    tell = Tell.model_validate({"level": level, "note": form.get("note", "").strip() or None})
    changed = draft_answers.with_reason(now, form["why"], until, tell)
    if drafts.overtaken(now, changed, "why", request.form.get("was")):
        return _why_page(now, form, {}, overtaken=True)
    visit.service.save(changed)
    return _leave() if _later() else _next("check", now)


def _why_page(
    shown: Policy, sent: MultiDict[str, str], errors: dict[str, str], *, overtaken: bool = False
) -> str:
    return render_template(
        "portal/wizard_why.html",
        draft=shown,
        overtaken=overtaken,
        was=draft_steps.mark(shown, "why"),
        errors=errors,
        **answers_of_why(shown, sent, this_visit().moment),
        steps=step_links(shown),
    )


@bp.get("/resume")
def resume() -> ResponseReturnValue:
    """Back to the first step that has no answer yet."""
    now = _draft()
    return _next(draft_steps.missing_step(now), now)


@bp.post("/discard")
def discard() -> ResponseReturnValue:
    # By the id of a draft that was started meanwhile, the share itself would end.
    this_visit().service.end(_draft().id)
    return redirect(url_for("home.show"), 303)


def _draft() -> Policy:
    return drafts.current(this_visit().service, request.values.get("draft", ""))


def _kept() -> MultiDict[str, str]:
    return MultiDict(this_visit().session.kept_form(this_place()))


def _later() -> bool:
    return "later" in request.form


def _leave() -> ResponseReturnValue:
    return redirect(url_for("home.show"), 303)


def _next(step: str, now: Policy) -> ResponseReturnValue:
    return redirect(address_of(step, now), 303)
