"""PURE. The state of a share in a few words, beside the tone in which it is shown."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from heart_ui.words import N_
from heart_ui.words import gettext as _
from patient_portal.policies.dates import clock, day
from patient_portal.policies.granted import Granted
from patient_portal.policies.policy import Policy


def state_words(policy: Policy, now: datetime, zone: ZoneInfo) -> tuple[str, str]:
    """The state in a few words, and the tone of its tag."""
    if policy.state == "ended" or (policy.when.until and policy.when.until <= now):
        return _("Ended"), ""
    if policy.state == "paused":
        if policy.paused_until is None:
            return _("Paused"), "info"
        return _("Paused until %(day)s", day=day(policy.paused_until, zone)), "info"
    if policy.begins_after(now) and policy.state == "on":
        return _("Starts on %(day)s", day=day(policy.when.start, zone)), "info"
    if policy.state == "draft":
        return _("Not started"), "warn"
    if policy.when.until and policy.when.until - now < timedelta(days=14):
        return _("Ends soon"), "warn"
    return _("On"), "ok"


def goes_on(policy: Policy, zone: ZoneInfo) -> str:
    """The moment at which a pause ends by itself, written out; empty for one that does not."""
    until = policy.paused_until if policy.state == "paused" else None
    return f"{day(until, zone)}, {clock(until, zone)}" if until else ""


NO_ACCOUNT = N_("No account any more")
NOT_KNOWN = N_("Not known right now")


def lost_words(granted: Granted | None) -> str:
    """Why a person sees nothing whatever the rules say; empty where the rules decide."""
    if granted is None:
        return NOT_KNOWN
    return NO_ACCOUNT if granted.gone else ""
