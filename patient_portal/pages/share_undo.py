"""Undo: a draft of how it was before, to be checked; only Start or Save makes it so.

A stop takes back for good what was handed out, so undoing one makes a new share.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue

from patient_portal.policies import answering, draft_steps, party, reverse
from patient_portal.policies.policy import Policy
from patient_portal.sharing import drafts
from patient_portal.visit import once, this_visit
from patient_portal.words.wizard_steps import address_of

bp = Blueprint("share_undo", __name__)


@bp.post("/share/<share_id>/undo")
def undo(share_id: str) -> ResponseReturnValue:
    """Back to the version before the last change, or to the one that she chose of the history."""
    visit = this_visit()

    def begin() -> tuple[str, dict[str, Any]]:
        share = visit.service.policy(share_id)
        if request.form.get("version") != str(share.version):
            return url_for("share.show", share_id=share_id, overtaken=1), {}
        versions = visit.service.history(share_id)
        to = request.form.get("to")
        then = reverse.version_of(versions, to) if to else reverse.before_the_last(versions, share)
        if then is None or then.policy is None or not share.is_share:
            return url_for("share.show", share_id=share_id), {}
        rules = then.policy.changed(state=then.state)
        again = not party.is_live(share, visit.moment)
        return _write(reverse.draft_of(share, rules, visit.moment), again=again), {}

    return once(begin)


@bp.post("/requests/<request_id>/undo")
def undo_no(request_id: str) -> ResponseReturnValue:
    """A no was said, and stays said: what was asked for becomes a draft of a share."""
    visit = this_visit()

    def begin() -> tuple[str, dict[str, Any]]:
        asked = visit.service.request(request_id)
        if asked.answer is None or asked.answer.answer != "no":
            return url_for("requests.show", request_id=request_id), {}
        return _write(answering.draft_after_a_no(asked, visit.moment), again=False), {}

    return once(begin)


def _write(begun: Policy, *, again: bool) -> str:
    """Save the draft; a second share with the same person is not begun."""
    visit = this_visit()
    if again and (known := drafts.live_with(visit.service, begun, visit.moment)):
        return url_for("share.show", share_id=known.id)
    visit.service.save(begun)
    step = draft_steps.missing_step(begun)
    if step == "check":
        return url_for("share_check.check", draft=begun.id, again=1 if again else None)
    return address_of(step, begun)
