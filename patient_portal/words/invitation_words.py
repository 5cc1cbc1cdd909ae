"""What pages say of an invitation: where it stands, and from when until when it counts."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from heart_ui.words import N_
from heart_ui.words import gettext as _
from patient_portal.policies import lengths
from patient_portal.policies.dates import clock, day
from patient_portal.policies.invitation import Invitation
from patient_portal.policies.policy import Policy
from patient_portal.policies.sentences import until_sentence

_STATES = {
    "waiting": (N_("Waiting for them"), "info"),
    "used": (N_("Waits for your yes"), "warn"),
    "locked": (N_("Locked: wrong passcodes"), "danger"),
    "ran_out": (N_("Expired"), ""),
    "on": (N_("On"), "ok"),
    "ended": (N_("Ended"), ""),
}


def tag_of(invitation: Invitation) -> tuple[str, str]:
    """The state in a few words, and the tone of its tag."""
    words, tone = _STATES[invitation.state]
    return _(words), tone


def valid_until(invitation: Invitation, zone: ZoneInfo) -> str:
    return f"{day(invitation.expires_at, zone)}, {clock(invitation.expires_at, zone)}"


def length_sentence(lasts: int | None, draft: Policy, zone: ZoneInfo) -> str:
    """How long the share goes on: from her yes, or until the day she chose."""
    for _key, words, delta in lengths.LENGTHS:
        if lasts is not None and delta is not None and delta.total_seconds() == lasts:
            return _("%(length)s, counted from your yes.", length=_(words))
    return until_sentence(draft, zone)
