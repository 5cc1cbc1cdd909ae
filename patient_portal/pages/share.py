"""One person: what they see now, the rules, the history; change, pause, stop with proof."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from heart_ui.words import gettext as _
from patient_portal.frame import link
from patient_portal.policies import draft, draft_ids, event_words, party, reverse, share_states
from patient_portal.policies.effect_words import told
from patient_portal.policies.policy import Policy
from patient_portal.sharing import drafts, shares
from patient_portal.visit import once, outcome, this_visit

PAUSES = {"open": None, "day": timedelta(days=1), "week": timedelta(days=7)}

bp = Blueprint("share", __name__, url_prefix="/share")


@bp.get("/<share_id>")
def show(share_id: str) -> ResponseReturnValue:
    """What they see, asked of the clinics now."""
    visit = this_visit()
    share = visit.service.policy(share_id)
    if share.state == "draft" and draft_ids.is_invitation(share.id):
        return redirect(url_for("invitation.show", policy_id=share.id), 303)
    if share.state == "draft":
        return redirect(url_for("share_wizard.resume", draft=share.id), 303)
    if draft_ids.edit_of(share.id):
        raise draft.AlreadyStarted(share)
    if share.unreadable:
        return redirect(url_for("share_stop.ask_to_stop", share_id=share.id), 303)
    live = party.is_live(share, visit.moment)
    granted = shares.granted_if_known(visit.service, share, visit.moment) if live else None
    view = (
        None
        if granted is None
        else shares.seen(visit.service, visit.clinics, granted, shares.key_of(share, visit.moment))
    )
    view = view and view.apart(share.what)
    return render_template(
        "portal/share.html",
        view=view,
        gone=granted is not None and granted.gone,
        listed=view,
        opened=request.args.get("kind", ""),
        told=outcome(),
        **(link().words(view.giving(), share.label.name) if view and view.shown else {}),
        **drafts.what_became(visit.service, share, request.args),
        **_frame(share, "see"),
    )


@bp.get("/<share_id>/rules")
def rules(share_id: str) -> ResponseReturnValue:
    visit = this_visit()
    share = visit.service.policy(share_id)
    others = [one for one in visit.stops.live_of(share) if one.id != share.id]
    return render_template("portal/share_rules.html", others=others, **_frame(share, "rules"))


@bp.get("/<share_id>/history")
def history(share_id: str) -> ResponseReturnValue:
    visit = this_visit()
    share = visit.service.policy(share_id)
    versions = sorted(visit.service.history(share_id), key=lambda v: v.version, reverse=True)
    lines = [
        (one, event_words.change_words(one, versions[n + 1] if n + 1 < len(versions) else None))
        for n, one in enumerate(versions)
    ]
    back_to = [
        one.version
        for one in versions
        if share.is_share and one.version != share.version and reverse.was_in_force(one)
    ]
    return render_template(
        "portal/share_history.html", lines=lines, back_to=back_to, **_frame(share, "history")
    )


@bp.post("/<share_id>/change")
def change(share_id: str) -> ResponseReturnValue:
    """Start an edit, or go on with the one of this version that she saved for later."""
    visit = this_visit()

    def begin() -> tuple[str, dict[str, Any]]:
        share = visit.service.policy(share_id)
        if not party.is_live(share, visit.moment):
            return _overtaken(share_id), {}
        for one in visit.service.policies():
            edit = draft_ids.edit_of(one.id)
            if one.state != "draft" or edit is None or edit.share != share.id:
                continue
            if edit.version != share.version:
                # Begun from what the share is no more: it can not be saved.
                drafts.throw_away(visit.service, one)
            elif draft_ids.is_for_later(one.id):
                return url_for("share_what.show", draft=one.id), {}
        begun = draft.edit(share)
        visit.service.save(begun)
        return url_for("share_what.show", draft=begun.id), {}

    return once(begin)


@bp.post("/<share_id>/pause")
def pause(share_id: str) -> ResponseReturnValue:
    visit = this_visit()

    def carry_out() -> tuple[str, dict[str, Any]]:
        share = visit.service.policy(share_id)
        if not _is_as_shown(share):
            return _overtaken(share_id), {}
        lasting = PAUSES.get(request.form.get("how", "open"))
        until = visit.moment + lasting if lasting else None
        changed = visit.service.save(share.changed(state="paused", paused_until=until))
        visit.session.changed_something()
        return url_for(".show", share_id=share_id), told("paused", changed.effect)

    return once(carry_out)


@bp.post("/<share_id>/resume")
def resume(share_id: str) -> ResponseReturnValue:
    visit = this_visit()

    def carry_out() -> tuple[str, dict[str, Any]]:
        share = visit.service.policy(share_id)
        if not _is_as_shown(share):
            return _overtaken(share_id), {}
        changed = visit.service.save(share.changed(state="on", paused_until=None))
        visit.session.changed_something()
        return url_for(".show", share_id=share_id), told("on", changed.effect)

    return once(carry_out)


def _is_as_shown(share: Policy) -> bool:
    """Whether the page that was pressed showed the share as it is now.

    Nothing at the sharing service keeps an old page from turning on a share that was stopped.
    """
    return share.version is None or request.form.get("version") == str(share.version)


def _overtaken(share_id: str) -> str:
    return url_for(".show", share_id=share_id, overtaken=1)


def _frame(share: Policy, tab: str) -> dict[str, Any]:
    visit = this_visit()
    now = visit.moment
    words, tone = share_states.state_words(share, now, visit.zone)
    asked_to_stop = next((one for one in visit.stops.unanswered() if one.share == share.id), None)
    if asked_to_stop and party.is_live(share, now):
        words, tone = _("Being stopped"), "warn"
    return {
        "share": share,
        "tab": tab,
        "state": words,
        "tone": tone,
        "live": party.is_live(share, now),
        "waits": share.begins_after(now),
        "asked_to_stop": asked_to_stop,
        "goes_on": share_states.goes_on(share, visit.zone),
    }
