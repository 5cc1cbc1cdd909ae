"""A new share, step 2: which kinds of records."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from heart_ui.words import gettext as _
from patient_portal.policies import (
    chosen_places,
    draft_answers,
    draft_steps,
    names,
    offers,
    record_days,
)
from patient_portal.policies.policy import Policy
from patient_portal.sharing import drafts, shares
from patient_portal.visit import this_visit
from patient_portal.wizard_step import go_on, its_draft, later, leave, typed_before
from patient_portal.words.wizard_steps import step_links, way_back

bp = Blueprint("share_what", __name__, url_prefix="/share/new")


@bp.get("/what")
def show() -> ResponseReturnValue:
    return _page(its_draft(), {}, typed_before())


@bp.post("/what")
def choose() -> ResponseReturnValue:
    visit, now, form = this_visit(), its_draft(), request.form
    preset = form.get("preset")
    everything = "everything" in form or preset == "everything"
    kinds = names.in_order(offers.BASICS if preset == "basics" else form.getlist("kind"))
    if preset == "none":
        everything, kinds = False, ()
    what, errors = record_days.chosen(form, now.what, visit.local.date())
    if "asked_of_places" in form:
        what, more = chosen_places.chosen(
            what,
            some="some" in form,
            ticked=form.getlist("place"),
            known=[one.record for one in visit.service.records()],
        )
        errors |= more
    changed = draft_answers.with_kinds(now.changed(what=what), kinds, everything=everything)
    if drafts.overtaken(now, changed, "what", form.get("was")):
        return _page(changed, {}, form, overtaken=True, was=draft_steps.mark(now, "what"))
    if not (preset or later() or everything or kinds or now.what.records.include):
        errors = {"kind": _("Choose at least one kind of record"), **errors}
    if errors:
        return _page(changed, errors, form)
    if later():
        return leave(changed)
    visit.service.save(changed)
    return redirect(url_for(".show", draft=now.id), 303) if preset else go_on("topics", now)


def _page(
    shown: Policy,
    errors: dict[str, str],
    sent: MultiDict[str, str],
    *,
    overtaken: bool = False,
    was: str = "",
) -> str:
    visit = this_visit()
    was = was or draft_steps.mark(shown, "what")
    if "kind" in sent or "everything" in sent:
        shown = draft_answers.with_kinds(
            shown, names.in_order(sent.getlist("kind")), everything="everything" in sent
        )
    everything, linked = shares.baseline(visit.service, visit.clinics), visit.service.records()
    return render_template(
        "portal/wizard_what.html",
        draft=shown,
        all=everything,
        overtaken=overtaken,
        was=was,
        errors=errors,
        **record_days.shown(shown.what, sent),
        today=visit.local.date(),
        linked=linked if len(linked) > 1 or shown.what.places else [],
        some="some" in sent or bool(shown.what.places),
        ticked=sent.getlist("place") or shown.what.places,
        steps=step_links(shown),
        way_back=way_back("what", shown),
    )
