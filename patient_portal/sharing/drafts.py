"""The draft that a page of the wizard is about, as the sharing service keeps it now."""

from __future__ import annotations

from typing import Any

from flask import request

from patient_portal.context import current_portal
from patient_portal.policies import draft, grid
from patient_portal.policies.policy import Policy
from patient_portal.sharing import as_api


def current() -> Policy:
    """The draft this request names; one that is a share now, or was deleted, is no draft."""
    found = as_api.policy(request.values.get("draft", ""))
    if found.state != "draft":
        raise draft.AlreadyStarted(found, was_live=_was_live(found))
    return found


def replaced_by(begun: Policy) -> Policy | None:
    """The share that an edit replaces, as it was when the edit began; None for a new share."""
    edit = draft.edit_of(begun.id)
    if edit is None:
        return None
    share = as_api.policy(edit.share)
    if share.version != edit.version:
        raise draft.Outdated(share)
    return share


def live_with(begun: Policy) -> Policy | None:
    """A share that is there already with the person of a draft: a second one is not started."""
    live = grid.parties(as_api.policies(), current_portal.clock())
    return next((party.first for party in live if party.key == begun.who.key), None)


def overtaken(now: Policy, chosen: Policy, step: str) -> bool:
    """True where another window changed this step after the page was made, to something else."""
    kept = draft.mark(now, step)
    return request.form.get("was", kept) != kept and draft.mark(chosen, step) != kept


def what_became(share: Policy) -> dict[str, Any]:
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


def _was_live(policy: Policy) -> bool:
    """Whether anything was ever shared by it."""
    if draft.edit_of(policy.id) is not None or policy.state != "ended":
        return True
    return any(one.state in ("on", "paused") for one in as_api.history(policy.id))
