"""A new share, steps 5 and 6: check exactly what they will see, start, done.

The lists come from the clinics' own enforcing query: what is shown here is what will be shared.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from patient_portal.errors import Refused
from patient_portal.frame import link
from patient_portal.policies import difference, draft, draft_answers, draft_ids, draft_steps
from patient_portal.policies.policy import Policy
from patient_portal.sharing import changing, drafts, inviting, shares
from patient_portal.visit import once, outcome, this_visit
from patient_portal.words.preview_words import preview_words, search_words
from patient_portal.words.wizard_steps import address_of, step_links, way_back

bp = Blueprint("share_check", __name__, url_prefix="/share/new")


@bp.get("/check")
def check() -> ResponseReturnValue:
    visit = this_visit()
    shown = _draft()
    if (step := draft_steps.missing_step(shown)) != "check":
        return redirect(address_of(step, shown), 303)
    replaced = drafts.replaced_by(visit.service, shown)
    granted = visit.service.preview_draft(shown, replaced.id if replaced else None)
    view = shares.seen(visit.service, visit.clinics, granted, search=search_words(request.args))
    view = view.apart(shown.what)
    changes: dict[str, Any] = {}
    if replaced is not None:
        seen = changing.compared(visit.service, visit.clinics, replaced, shown, view, visit.moment)
        names = {one.record: one.rs for one in visit.service.records()}
        lines = difference.lines(replaced, shown, visit.zone, names)
        changes = {
            "replaced": replaced,
            "seen": seen,
            "lines": lines,
            **_state_after(shown, replaced),
        }
    return render_template(
        "portal/wizard_check.html",
        draft=shown,
        gone=granted.gone,
        editing=replaced is not None,
        inviting=inviting.is_for_guest(shown),
        invited=draft_ids.is_invitation(shown.id),
        lasts=inviting.seconds(shown, visit.moment, visit.zone),
        again="again" in request.args,
        **changes,
        changed="changed" in request.args,
        steps=step_links(shown),
        way_back=way_back("check", shown),
        **preview_words(view, request.args),
    )


def _state_after(shown: Policy, replaced: Policy) -> dict[str, bool]:
    paused, edit = replaced.state == "paused", draft_ids.edit_of(shown.id)
    turns_on = paused and edit is not None and edit.turns_on
    return {"turns_on": turns_on, "stays_paused": paused and not turns_on}


@bp.post("/hold")
def hold() -> ResponseReturnValue:
    """Hold one record of the lists back by name, or let the rules decide on it again."""
    visit, now, form = this_visit(), _draft(), request.form
    kind, _space, reference = (form.get("hold") or form.get("release") or "").partition(" ")
    change = draft_answers.holding_back if "hold" in form else draft_answers.not_naming
    if reference:
        visit.service.save(change(now, reference))
        visit.session.changed_something()
    here: dict[str, Any] = {
        "q": form.get("q") or None,
        "kind": kind or None,
        "ok": form.getlist("ok"),
    }
    return redirect(url_for(".check", draft=now.id, **here, _anchor="will-see"), 303)


@bp.post("/hint")
def answer_hint() -> ResponseReturnValue:
    """Hold one record back by name, or go on with it shown."""
    visit = this_visit()
    now, reference = (
        _draft(),
        request.form.get("record", ""),
    )
    seen = request.form.getlist("ok")
    if request.form.get("hint") == "hold":
        visit.service.save(draft_answers.holding_back(now, reference))
        visit.session.changed_something()
    else:
        seen = [*seen, reference]
    return redirect(url_for(".check", draft=now.id, ok=seen), 303)


@bp.post("/check")
def start() -> ResponseReturnValue:
    visit = this_visit()

    def begin() -> tuple[str, dict[str, Any]]:
        now = _draft()
        replaced = drafts.replaced_by(visit.service, now)
        if request.form.get("version") != str(now.version):
            return url_for(".check", draft=now.id, changed=1), {}
        if replaced is None and (known := drafts.live_with(visit.service, now, visit.moment)):
            return url_for("share.show", share_id=known.id, draft=now.id), {}
        if inviting.is_for_guest(now):
            return _invite(now)
        view = shares.preview(visit.service, visit.clinics, now, replaced.id if replaced else None)
        share = draft.started(now, replaced)
        change = visit.service.save(share)
        if replaced:
            _end_quietly(now.id)
        visit.session.changed_something()
        effect = change.effect
        remembered = {
            "shown": len(view.shown),
            "total": view.total,
            "giving": view.giving(),
            "waiting_for": effect.waiting_for,
            "edited": replaced is not None,
            "paused": share.state == "paused",
        }
        return url_for(".done", share=change.policy.id), remembered

    return once(begin)


def _invite(now: Policy) -> tuple[str, dict[str, Any]]:
    """Somebody without an account is invited; to an invitation that was made nothing is added."""
    visit = this_visit()
    if draft_ids.is_invitation(now.id):
        return url_for("invitation.show", policy_id=now.id), {}
    made = inviting.begun(visit.service, now, visit.moment, visit.zone)
    handed = {"link": made.link, "code": made.code, "passcode": made.passcode}
    return url_for("invitation_handover.passcode", policy_id=made.invitation.policy), handed


@bp.get("/done")
def done() -> ResponseReturnValue:
    visit = this_visit()
    share, told = visit.service.policy(request.args.get("share", "")), outcome()
    return render_template(
        "portal/wizard_done.html",
        share=share,
        told=told,
        waits=share.begins_after(visit.moment),
        **link().words(told.get("giving") or _giving(share), share.label.name),
    )


def _draft() -> Policy:
    return drafts.current(this_visit().service, request.values.get("draft", ""))


def _giving(share: Policy) -> dict[str, str]:
    visit = this_visit()
    return shares.view_of(visit.service, visit.clinics, share, visit.moment).giving()


def _end_quietly(draft_id: str) -> None:
    """The draft of an edit has done its work; a left-over draft harms nobody."""
    visit = this_visit()
    try:
        visit.service.end(draft_id)
    except Refused:
        return
