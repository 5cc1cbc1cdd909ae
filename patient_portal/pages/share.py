"""P3: one person: what they see now, the rules, the history; change, pause, stop with proof."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from patient_portal import (
    as_api,
    draft,
    form_once,
    grid,
    looks,
    sessions,
    sharing,
    stopping,
    wording,
)
from patient_portal.context import current_portal
from patient_portal.policy import Effect, Policy
from patient_portal.preview_words import link_words

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
        return redirect(url_for(".ask_to_stop", share_id=share.id), 303)
    live = grid.is_live(share, current_portal.clock())
    granted = sharing.granted_if_known(share) if live else None
    view = None if granted is None else sharing.seen(granted, share.who.key)
    return render_template(
        "portal/share.html",
        view=view,
        gone=granted is not None and granted.gone,
        listed=view,
        opened=request.args.get("kind", ""),
        told=form_once.outcome(),
        **(link_words(view.giving()) if view and view.shown else {}),
        **_of_draft(share),
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
        return url_for(".show", share_id=share_id), _told("paused", changed.effect)

    return form_once.run(carry_out)


@bp.post("/<share_id>/resume")
def resume(share_id: str) -> ResponseReturnValue:
    def carry_out() -> tuple[str, dict[str, Any]]:
        share = as_api.policy(share_id)
        if not _is_as_shown(share):
            return _overtaken(share_id), {}
        changed = as_api.save(share.changed(state="on", paused_until=None))
        sessions.changed_something()
        return url_for(".show", share_id=share_id), _told("on", changed.effect)

    return form_once.run(carry_out)


@bp.get("/<share_id>/stop")
def ask_to_stop(share_id: str) -> ResponseReturnValue:
    return render_template("portal/share_stop.html", share=as_api.policy(share_id))


@bp.post("/<share_id>/stop")
def stop(share_id: str) -> ResponseReturnValue:
    """End every share with this person, and remember how far it has come at each clinic."""

    def carry_out() -> tuple[str, dict[str, Any]]:
        return url_for(".stopped", share_id=share_id), _stop(share_id)

    return form_once.run(carry_out)


@bp.get("/<share_id>/stopped")
def stopped(share_id: str) -> ResponseReturnValue:
    waiting = [one for one in stopping.ask_again() if one.share == share_id]
    if waiting:
        return render_template("portal/stop_unanswered.html", share_id=share_id, stop=waiting[0])
    share, told = as_api.policy(share_id), form_once.outcome()
    if share.state != "ended":
        return redirect(url_for(".show", share_id=share_id), 303)
    done = datetime.fromisoformat(told["at"]) if told.get("at") else None
    ended = told.get("ended") or [share.id]
    found, down = sharing.looked(as_api.records(), weeks=2, actors=("person",))
    asked = share.updated
    after = [one for one in found if asked and one.at >= asked and _is_theirs(one, share, ended)]
    return render_template(
        "portal/share_stopped.html",
        share=share,
        asked=asked,
        done=None if told.get("waiting_for") else done,
        waiting_for=told.get("waiting_for", []),
        turned_away=[
            *((one.at, one.clinic) for one in after if one.outcome == looks.DENIED),
            *(sharing.turned_away(share.who, asked) if asked else ()),
        ],
        down=down,
    )


@bp.post("/<share_id>/stopped")
def check_again(share_id: str) -> ResponseReturnValue:
    """Ask how far the stop has come: ending what has ended changes nothing else."""

    def carry_out() -> tuple[str, dict[str, Any]]:
        return url_for(".stopped", share_id=share_id), _stop(share_id)

    return form_once.run(carry_out)


def _is_as_shown(share: Policy) -> bool:
    """Whether the page that was pressed showed the share as it is now.

    Nothing at the sharing service keeps an old page from turning on a share that was stopped.
    """
    return share.version is None or request.form.get("version") == str(share.version)


def _overtaken(share_id: str) -> str:
    return url_for(".show", share_id=share_id, overtaken=1)


def _of_draft(share: Policy) -> dict[str, Any]:
    """What became of the draft from which she was led here, and of what she sent for it."""
    said = {"overtaken": "overtaken" in request.args, "dropped": "dropped" in request.args}
    if not (named := request.args.get("draft")):
        return said
    begun = as_api.policy(named)
    if begun.state == "draft":
        return {**said, "kept_draft": begun}
    edit = draft.edit_of(begun.id)
    kept_as_it_was = edit is not None and edit.version == share.version
    return {**said, "deleted_draft": begun} if kept_as_it_was else {**said, "saved_draft": begun}


def _stop(share_id: str) -> dict[str, Any]:
    """What the next page needs to know of a stop; nothing of one that has no answer yet."""
    stopped = stopping.stop(share_id)
    if stopped is None:
        return {}
    return {**_told("stopped", *stopped.effects), "ended": stopped.ids}


def _told(said: str, *effects: Effect) -> dict[str, Any]:
    """What the next page says, truthfully: done, or still waiting for these clinics."""
    moments = [effect.at for effect in effects if effect.at]
    waiting = sorted({name for effect in effects for name in effect.waiting_for})
    pending = any(effect.status != "effective" for effect in effects)
    return {
        "said": said,
        "at": max(moments).isoformat() if moments else None,
        "waiting_for": waiting or (["your clinics"] if pending else []),
    }


def _is_theirs(look: looks.Look, share: Policy, ended: list[str]) -> bool:
    return look.policy in ended or (bool(look.who) and look.who == share.label.name)


def _frame(share: Policy, tab: str) -> dict[str, Any]:
    now = current_portal.clock()
    words, tone = wording.state_words(share, now, current_portal.zone, _)
    return {
        "share": share,
        "tab": tab,
        "state": words,
        "tone": tone,
        "live": grid.is_live(share, now),
        "goes_on": wording.goes_on(share, current_portal.zone),
    }
