"""A new share, step 3: the private topics, all of them off."""

from __future__ import annotations

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from patient_portal.policies import draft_answers, draft_steps, names
from patient_portal.policies.policy import Policy
from patient_portal.sharing import drafts, shares
from patient_portal.visit import this_visit
from patient_portal.wizard_step import go_on, its_draft, later, leave, typed_before
from patient_portal.words.wizard_steps import choices_of_topics, step_links, way_back

bp = Blueprint("share_topics", __name__, url_prefix="/share/new")


@bp.get("/topics")
def show() -> ResponseReturnValue:
    shown, kept = its_draft(), typed_before()
    was = draft_steps.mark(shown, "topics")
    if kept:
        shown = draft_answers.with_topics(shown, tuple(kept.getlist("topic")))
    return _page(shown, was)


def _page(shown: Policy, was: str, *, overtaken: bool = False) -> str:
    visit = this_visit()
    return render_template(
        "portal/wizard_topics.html",
        draft=shown,
        overtaken=overtaken,
        was=was,
        steps=step_links(shown),
        way_back=way_back("topics", shown),
        **choices_of_topics(shown, shares.baseline(visit.service, visit.clinics)),
    )


@bp.post("/topics")
def choose() -> ResponseReturnValue:
    visit, now = this_visit(), its_draft()
    chosen = tuple(code for code in request.form.getlist("topic") if names.is_topic(code))
    changed = draft_answers.with_topics(now, chosen)
    if drafts.overtaken(now, changed, "topics", request.form.get("was")):
        return _page(changed, draft_steps.mark(now, "topics"), overtaken=True)
    if later():
        return leave(changed)
    visit.service.save(changed)
    return go_on("why", now)
