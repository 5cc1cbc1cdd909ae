"""A new share, step 2: which kinds of records."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from heart_ui.words import gettext as _
from patient_portal.pages.wizard_step import go_on, its_draft, later, leave, typed_before
from patient_portal.policies import draft_answers, draft_steps, names, offers
from patient_portal.policies.policy import Policy
from patient_portal.sharing import drafts, shares
from patient_portal.visit import this_visit
from patient_portal.words.wizard_steps import step_links

bp = Blueprint("share_what", __name__, url_prefix="/share/new")


@bp.get("/what")
def show() -> ResponseReturnValue:
    return _page(its_draft(), {})


@bp.post("/what")
def choose() -> ResponseReturnValue:
    visit, now = this_visit(), its_draft()
    preset = request.form.get("preset")
    everything = "everything" in request.form or preset == "everything"
    kinds = names.in_order(offers.BASICS if preset == "basics" else request.form.getlist("kind"))
    if preset == "none":
        everything, kinds = False, ()
    changed = draft_answers.with_kinds(now, kinds, everything=everything)
    if drafts.overtaken(now, changed, "what", request.form.get("was")):
        return _page(changed, {}, overtaken=True, was=draft_steps.mark(now, "what"))
    if preset or later():
        visit.service.save(changed)
        return leave() if later() else redirect(url_for(".show", draft=now.id), 303)
    if not (everything or kinds or now.what.records.include):
        return _page(changed, {"kind": _("Choose at least one kind of record")})
    visit.service.save(changed)
    return go_on("topics", now)


def _page(shown: Policy, errors: dict[str, str], *, overtaken: bool = False, was: str = "") -> str:
    visit = this_visit()
    was = was or draft_steps.mark(shown, "what")
    kept = typed_before()
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
