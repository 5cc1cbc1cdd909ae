"""P3: one person: what they see now, the rules, the history; change, pause, stop with proof."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from patient_portal.context import current_portal
from patient_portal.policies import draft, grid, share_states, wording
from patient_portal.policies.effect_words import told
from patient_portal.policies.policy import Policy
from patient_portal.sharing import as_api, drafts, shares, stopping
from patient_portal.signing_in import form_once, sessions
from patient_portal.words.preview_words import link_words

PAUSES = {"open": None, "day": timedelta(days=1), "week": timedelta(days=7)}

bp = Blueprint("share", __name__, url_prefix="/share")


@bp.get("/<share_id>")
def show(share_id: str) -> ResponseReturnValue:
    """What they see, asked of the clinics now."""
    share = as_api.policy(share_id)
    if share.state == "draft":
        return redirect(url_for("share_wizard.resume", draft=share.id), 303)
    if draft.edit_of(share.id):
        raise draft.AlreadyStarted(share)
    if share.unreadable:
        return redirect(url_for("share_stop.ask_to_stop", share_id=share.id), 303)
    live = grid.is_live(share, current_portal.clock())
    granted = shares.granted_if_known(share) if live else None
    view = None if granted is None else shares.seen(granted, share.who.key)
    return render_template(
        "portal/share.html",
        view=view,
        gone=granted is not None and granted.gone,
        listed=view,
        opened=request.args.get("kind", ""),
        told=form_once.outcome(),
        **(link_words(view.giving()) if view and view.shown else {}),
        **drafts.what_became(share),
        **_frame(share, "see"),
    )


@bp.get("/<share_id>/rules")
def rules(share_id: str) -> ResponseReturnValue:
    share = as_api.policy(share_id)
    others = [one for one in stopping.live_of(share) if one.id != share.id]
    return render_template("portal/share_rules.html", others=others, **_frame(share, "rules"))


@bp.get("/<share_id>/history")
def history(share_id: str) -> ResponseReturnValue:
    share = as_api.policy(share_id)
    versions = sorted(as_api.history(share_id), key=lambda v: v.version, reverse=True)
    lines = [
        (one, wording.change_words(one, versions[n + 1] if n + 1 < len(versions) else None))
        for n, one in enumerate(versions)
    ]
    return render_template("portal/share_history.html", lines=lines, **_frame(share, "history"))


@bp.post("/<share_id>/change")
def change(share_id: str) -> ResponseReturnValue:
    """Start an edit, or go on with the one begun from this version."""
    share = as_api.policy(share_id)
    if not grid.is_live(share, current_portal.clock()):
        return redirect(_overtaken(share_id), 303)
    for one in as_api.policies():
        edit = draft.edit_of(one.id)
        if one.state != "draft" or edit is None or edit.share != share.id:
            continue
        if edit.version == share.version:
            return redirect(url_for("share_wizard.what", draft=one.id), 303)
        as_api.end(one.id)  # begun from what the share is no more: it can not be saved
    begun = draft.edit(share)
    as_api.save(begun)
    return redirect(url_for("share_wizard.what", draft=begun.id), 303)


@bp.post("/<share_id>/pause")
def pause(share_id: str) -> ResponseReturnValue:
    def carry_out() -> tuple[str, dict[str, Any]]:
        share = as_api.policy(share_id)
        if not _is_as_shown(share):
            return _overtaken(share_id), {}
        lasting = PAUSES.get(request.form.get("how", "open"))
        until = current_portal.clock() + lasting if lasting else None
        changed = as_api.save(share.changed(state="paused", paused_until=until))
        sessions.changed_something()
        return url_for(".show", share_id=share_id), told("paused", changed.effect)

    return form_once.run(carry_out)


@bp.post("/<share_id>/resume")
def resume(share_id: str) -> ResponseReturnValue:
    def carry_out() -> tuple[str, dict[str, Any]]:
        share = as_api.policy(share_id)
        if not _is_as_shown(share):
            return _overtaken(share_id), {}
        changed = as_api.save(share.changed(state="on", paused_until=None))
        sessions.changed_something()
        return url_for(".show", share_id=share_id), told("on", changed.effect)

    return form_once.run(carry_out)


def _is_as_shown(share: Policy) -> bool:
    """Whether the page that was pressed showed the share as it is now.

    Nothing at the sharing service keeps an old page from turning on a share that was stopped.
    """
    return share.version is None or request.form.get("version") == str(share.version)


def _overtaken(share_id: str) -> str:
    return url_for(".show", share_id=share_id, overtaken=1)


def _frame(share: Policy, tab: str) -> dict[str, Any]:
    now = current_portal.clock()
    words, tone = share_states.state_words(share, now, current_portal.zone, _)
    asked_to_stop = next((one for one in stopping.unanswered() if one.share == share.id), None)
    if asked_to_stop and grid.is_live(share, now):
        words, tone = _("Being stopped"), "warn"
    return {
        "share": share,
        "tab": tab,
        "state": words,
        "tone": tone,
        "live": grid.is_live(share, now),
        "asked_to_stop": asked_to_stop,
        "goes_on": share_states.goes_on(share, current_portal.zone),
    }
