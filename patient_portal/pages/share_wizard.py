"""The draft that the steps write: go on with it, or delete it.

A draft is a policy in state `draft` at the authorization server, so signing in again or going back
loses nothing. It is listed only once she saved it for later; one that she left is ended with the
next share that she begins, when no session can be writing it any more.
"""

from __future__ import annotations

from flask import Blueprint, redirect, url_for
from flask.typing import ResponseReturnValue

from patient_portal.policies import draft_steps
from patient_portal.sharing import drafts
from patient_portal.visit import this_visit
from patient_portal.wizard_step import go_on, its_draft, leave

bp = Blueprint("share_wizard", __name__, url_prefix="/share/new")


@bp.get("/resume")
def resume() -> ResponseReturnValue:
    """Back to the first step that has no answer yet."""
    now = its_draft()
    return go_on(draft_steps.missing_step(now), now)


@bp.post("/later")
def save_for_later() -> ResponseReturnValue:
    """Keep it as it is now; every answer was taken before."""
    return leave(its_draft())


@bp.post("/discard")
def discard() -> ResponseReturnValue:
    # By the id of a draft that was started meanwhile, the share itself would end.
    drafts.throw_away(this_visit().service, its_draft())
    return redirect(url_for("home.show"), 303)
