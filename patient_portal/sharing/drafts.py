"""The draft that a page of the wizard is about, as the sharing service keeps it now."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from patient_portal.policies import draft, draft_ids, draft_steps, party
from patient_portal.policies.policy import Policy
from patient_portal.sharing.as_api import SharingService


def current(service: SharingService, draft_id: str) -> Policy:
    """The draft with this id; one that is a share now, or was deleted, is no draft."""
    found = service.policy(draft_id)
    if found.state != "draft":
        raise draft.AlreadyStarted(found, was_live=_was_live(service, found))
    return found


def replaced_by(service: SharingService, begun: Policy) -> Policy | None:
    """The share that an edit replaces, as it was when the edit began; None for a new share."""
    edit = draft_ids.edit_of(begun.id)
    if edit is None:
        return None
    share = service.policy(edit.share)
    if share.version != edit.version:
        raise draft.Outdated(share)
    return share


def live_with(service: SharingService, begun: Policy, now: datetime) -> Policy | None:
    """A share that is there already with the person of a draft: a second one is not started."""
    live = party.parties(service.policies(), now)
    return next((party.first for party in live if party.key == begun.who.key), None)


def overtaken(now: Policy, chosen: Policy, step: str, was: str | None) -> bool:
    """True where another window changed this step after the page was made, to something else.

    `was` is the mark that the page bore.
    """
    kept = draft_steps.mark(now, step)
    return was not in (None, kept) and draft_steps.mark(chosen, step) != kept


def what_became(service: SharingService, share: Policy, args: Mapping[str, str]) -> dict[str, Any]:
    """What became of the draft from which she was led here, and of what she sent for it."""
    said = {"overtaken": "overtaken" in args, "dropped": "dropped" in args}
    if not (named := args.get("draft")):
        return said
    begun = service.policy(named)
    if begun.state == "draft":
        return {**said, "kept_draft": begun}
    edit = draft_ids.edit_of(begun.id)
    kept_as_it_was = edit is not None and edit.version == share.version
    return {**said, "deleted_draft": begun} if kept_as_it_was else {**said, "saved_draft": begun}


def _was_live(service: SharingService, policy: Policy) -> bool:
    """Whether anything was ever shared by it."""
    if draft_ids.edit_of(policy.id) is not None or policy.state != "ended":
        return True
    return any(one.state in ("on", "paused") for one in service.history(policy.id))
