"""An invitation made of a finished draft, and her yes to who came by it."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from patient_portal.policies import draft_ids, lasting, lengths
from patient_portal.policies.invitation import HandedOver, Invitation
from patient_portal.policies.policy import Policy
from patient_portal.policies.terms import Who
from patient_portal.sharing import drafts
from patient_portal.sharing.as_api import SharingService


def begun(service: SharingService, draft: Policy, now: datetime, zone: ZoneInfo) -> HandedOver:
    """Invite to this draft. It is kept under an id that says so: it is nothing that she left."""
    kept = draft
    if not draft_ids.is_invitation(draft.id):
        kept = draft.changed(id=draft_ids.for_invitation(draft.id), version=None)
        service.save(kept)
    made = service.invite(kept.id, seconds(kept, now, zone))
    if kept.id != draft.id:
        drafts.throw_away(service, draft)
    return made


def seconds(draft: Policy, now: datetime, zone: ZoneInfo) -> int | None:
    """How long the share goes on from her yes; None where days of a calendar say it, or nothing.

    A draft that she saved and came back to says its length as of that moment.
    """
    if draft.when.start is not None:
        return None
    for moment in (now, draft.updated or now):
        length = lasting.shown(draft, moment, zone)["length"]
        if length in lengths.OFFERED and (until := lengths.until_of(length, moment)):
            return int((until - moment).total_seconds())
    return None


def with_guest(draft: Policy, invitation: Invitation) -> Policy:
    """The draft as it would be for who came."""
    return draft.changed(who=Who(person=invitation.who.key if invitation.who else None))


def stop(service: SharingService, draft: Policy) -> None:
    """End an invitation, whatever happens to its draft at the same moment. Nothing was shared."""
    if draft.state == "draft":
        drafts.throw_away(service, draft)
        service.end(draft.id)


def is_for_guest(draft: Policy) -> bool:
    """True for a draft that names nobody yet: its person is invited."""
    return draft.state == "draft" and not draft.who.key


def yes(
    service: SharingService, invitation: Invitation, version: int, opens_at: str
) -> dict[str, Any]:
    """Her yes to the one who came, of the version that she saw."""
    key = invitation.who.key if invitation.who else ""
    change = service.recognise(invitation.policy, key, version, opens_at)
    return {"waiting_for": change.effect.waiting_for}
