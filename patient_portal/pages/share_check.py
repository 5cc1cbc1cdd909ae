"""P2, steps 5 and 6: check exactly what they will see, start, done.

The lists come from the clinics' own enforcing query: what is shown here is what will be shared.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from patient_portal.errors import Refused
from patient_portal.policies import draft
from patient_portal.sharing import as_api, drafts, shares
from patient_portal.signing_in import form_once, sessions
from patient_portal.words.preview_words import link_words, preview_words, search_words
from patient_portal.words.wizard_steps import address_of, step_links

bp = Blueprint("share_check", __name__, url_prefix="/share/new")


@bp.get("/check")
def check() -> ResponseReturnValue:
    shown = drafts.current()
    if (step := draft.missing_step(shown)) != "check":
        return redirect(address_of(step, shown), 303)
    replaced = drafts.replaced_by(shown)
    granted = as_api.preview_draft(shown, replaced.id if replaced else None)
    view = shares.seen(granted, search=search_words())
    return render_template(
        "portal/wizard_check.html",
        draft=shown,
        gone=granted.gone,
        editing=replaced is not None,
        changed="changed" in request.args,
        steps=step_links(shown),
        **preview_words(view),
    )


@bp.post("/hint")
def answer_hint() -> ResponseReturnValue:
    """Hold one record back by name, or go on with it shown."""
    now, reference = drafts.current(), request.form.get("record", "")
    seen = request.form.getlist("ok")
    if request.form.get("hint") == "hold":
        as_api.save(draft.holding_back(now, reference))
        sessions.changed_something()
    else:
        seen = [*seen, reference]
    return redirect(url_for(".check", draft=now.id, ok=seen), 303)


@bp.post("/check")
def start() -> ResponseReturnValue:
    def begin() -> tuple[str, dict[str, Any]]:
        now = drafts.current()
        replaced = drafts.replaced_by(now)
        if request.form.get("version") != str(now.version):
            return url_for(".check", draft=now.id, changed=1), {}
        if replaced is None and (known := drafts.live_with(now)):
            return url_for("share.show", share_id=known.id, draft=now.id), {}
        view = shares.preview(now, replaced.id if replaced else None)
        share = draft.started(now, replaced)
        change = as_api.save(share)
        if replaced:
            _end_quietly(now.id)
        sessions.changed_something()
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

    return form_once.run(begin)


@bp.get("/done")
def done() -> ResponseReturnValue:
    share, told = as_api.policy(request.args.get("share", "")), form_once.outcome()
    return render_template(
        "portal/wizard_done.html",
        share=share,
        told=told,
        **link_words(told.get("giving") or shares.view_of(share).giving()),
    )


def _end_quietly(draft_id: str) -> None:
    """The draft of an edit has done its work; a left-over draft harms nobody."""
    try:
        as_api.end(draft_id)
    except Refused:
        return
