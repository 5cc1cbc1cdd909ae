"""A new share, step 4: why, how long, and what they are told."""

from __future__ import annotations

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from patient_portal.policies import draft_answers, draft_steps, lasting
from patient_portal.policies.policy import Policy
from patient_portal.policies.terms import Tell
from patient_portal.sharing import drafts
from patient_portal.visit import this_visit
from patient_portal.wizard_step import go_on, its_draft, later, leave, typed_before
from patient_portal.words.wizard_steps import answers_of_why, problems_of_why, step_links, way_back

bp = Blueprint("share_why", __name__, url_prefix="/share/new")


@bp.get("/why")
def show() -> ResponseReturnValue:
    return _page(its_draft(), typed_before(), {})


@bp.post("/why")
def choose() -> ResponseReturnValue:
    visit = this_visit()
    now, form = its_draft(), request.form
    when, errors = lasting.chosen(form, now.when, visit.moment, visit.zone)
    if errors := problems_of_why(form) | errors:
        return _page(now, form, errors)
    level = "kinds" if form.get("tell") == "kinds" else "neutral"
    tell = Tell.model_validate({"level": level, "note": form.get("note", "").strip() or None})
    says = form.get("say_why") == "yes"
    changed = draft_answers.with_reason(now, form["why"], when, tell, say_why=says)
    if drafts.overtaken(now, changed, "why", request.form.get("was")):
        return _page(now, form, {}, overtaken=True)
    if later():
        return leave(changed)
    visit.service.save(changed)
    return go_on("check", now)


def _page(
    shown: Policy, sent: MultiDict[str, str], errors: dict[str, str], *, overtaken: bool = False
) -> str:
    visit = this_visit()
    return render_template(
        "portal/wizard_why.html",
        draft=shown,
        overtaken=overtaken,
        was=draft_steps.mark(shown, "why"),
        errors=errors,
        **answers_of_why(shown, sent, visit.moment, visit.zone),
        steps=step_links(shown),
        way_back=way_back("why", shown),
    )
