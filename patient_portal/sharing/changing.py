"""What a share shows now beside what it would show after a change: asked of the clinics at once."""

from __future__ import annotations

from datetime import datetime

from patient_portal.clinics.her_clinics import HerClinics
from patient_portal.policies import difference
from patient_portal.policies.draft_ids import edit_of
from patient_portal.policies.granted import Granted
from patient_portal.policies.policy import Policy
from patient_portal.policies.view import View
from patient_portal.sharing import shares
from patient_portal.sharing.as_api import SharingService


def compared(
    service: SharingService,
    clinics: HerClinics,
    share: Policy,
    draft: Policy,
    after: View,
    now: datetime,
) -> difference.Seen:
    """What comes and goes; `after` is the preview of the draft.

    A paused share shows nothing now. Where it stays paused, its rules are compared all the same:
    what they will show once it is on.
    """
    before = shares.seen(service, clinics, _now(service, share, draft, now), share.who.key)
    silent = {one.record for one in service.records() if one.rs in (*before.down, *after.down)}
    return difference.seen(before, after, silent)


def _now(service: SharingService, share: Policy, draft: Policy, now: datetime) -> Granted:
    edit = edit_of(draft.id)
    if share.state == "paused" and edit is not None and edit.turns_on:
        return Granted()
    if share.begins_after(now):
        return Granted() if not draft.begins_after(now) else shares.planned_for(service, share)
    return shares.granted_to(service, share)
