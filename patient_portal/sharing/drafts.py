"""The draft that a page of the wizard is about, as the sharing service keeps it now."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from patient_portal.errors import Refused
from patient_portal.policies import draft, draft_ids, draft_steps, party
from patient_portal.policies.policy import Policy
from patient_portal.sharing.as_api import SharingService

MOST_AT_ONCE = 5
"""Of the drafts that are left behind, how many end with one press."""


def current(service: SharingService, draft_id: str) -> Policy:
    """The draft with this id; one that is a share now, or was deleted, is no draft."""
    found = service.policy(draft_id)
    if found.state == "draft":
        return found
    if found.state == "ended" and (kept := _kept_as(service, draft_id)):
        if draft_ids.is_invitation(kept.id):
            raise draft.AlreadyStarted(kept)
        return current(service, kept.id)
    raise draft.AlreadyStarted(found, was_live=_was_live(service, found))


def keep(service: SharingService, begun: Policy) -> Policy:
    """Save a draft for later: listed from now on, and the only one with its person."""
    kept = begun
    if draft_ids.is_invitation(begun.id):  # listed already, and its link leads to this id
        service.save(begun)
        return begun
    if not draft_ids.is_for_later(begun.id):
        kept = begun.changed(id=draft_ids.for_later(begun.id), version=None)
    service.save(kept)
    others = [one for one in saved(service.policies()) if _person(one) == _person(kept)]
    for one in others:
        if one.id != kept.id:
            throw_away(service, one)
    if kept.id != begun.id:
        throw_away(service, begun)
    return kept


def throw_away(service: SharingService, begun: Policy) -> None:
    """End a draft, and leave on it that it never was a share: a share has a reason.

    One that was changed or started meanwhile stays.
    """
    try:
        service.save(begun.changed(state="ended", why=()))
    except Refused as refused:
        if refused.status != 409:
            raise


def _person(begun: Policy) -> tuple[str, str]:
    """Whom a draft is for: who has no account yet is known by what she calls them."""
    return begun.who.key, "" if begun.who.key else begun.label.name


def saved(policies: Iterable[Policy]) -> list[Policy]:
    """The drafts that she saved for later, the last one first."""
    found = [one for one in policies if one.state == "draft" and draft_ids.is_for_later(one.id)]
    return sorted(found, key=lambda one: str(one.updated or ""), reverse=True)


def forget(service: SharingService, policies: Iterable[Policy], before: datetime) -> None:
    """End what she began before a moment and left without saving it: no page is open there any
    more. Not all at once: she waits for it."""
    left = [
        one
        for one in policies
        if one.state == "draft"
        and not (draft_ids.is_for_later(one.id) or draft_ids.is_answer(one.id))
        and not draft_ids.is_invitation(one.id)
        and one.updated is not None
        and one.updated < before
    ]
    for one in left[:MOST_AT_ONCE]:
        throw_away(service, one)


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


def _kept_as(service: SharingService, draft_id: str) -> Policy | None:
    """What a draft was saved as, or became an invitation as, for the page that still names it as
    it was before."""
    ids = (draft_ids.for_invitation(draft_id), draft_ids.for_later(draft_id))
    for kept_id in ids if not draft_ids.is_invitation(draft_id) else ():
        kept = _known(service, kept_id) if kept_id != draft_id else None
        if kept is not None and kept.state != "ended":
            return kept
    return None


def _known(service: SharingService, policy_id: str) -> Policy | None:
    try:
        return service.policy(policy_id)
    except Refused as refused:
        if refused.status == 404:
            return None
        raise


def _was_live(service: SharingService, policy: Policy) -> bool:
    """Whether anything was ever shared by it."""
    if draft_ids.edit_of(policy.id) is not None or policy.state != "ended":
        return True
    return any(one.state in ("on", "paused") for one in service.history(policy.id))
