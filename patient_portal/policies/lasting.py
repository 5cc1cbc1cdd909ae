"""PURE. From when until when a share lasts, as the form says: a length, or days of a calendar."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from heart_ui.words import gettext as _
from patient_portal.policies import days, lengths
from patient_portal.policies.policy import Policy
from patient_portal.policies.terms import When

TO_A_DAY, AS_IT_IS = "day", "keep"


def chosen(
    form: Mapping[str, str], before: When, now: datetime, zone: ZoneInfo
) -> tuple[When, dict[str, str]]:
    """The time that a sent form means, and what is wrong with it by field.

    A length counts from the first day. A share that has begun keeps the day on which it did.
    """
    length, errors = form.get("length", ""), {}
    ahead = days.ahead(now.astimezone(zone).date())
    start, until = before.start, before.until
    begun = start is not None and start <= now
    if "start_day" in form and not begun:
        start = None
    if first := form.get("start_day", "").strip():
        if wrong := ahead.problem(first):
            errors["start_day"] = wrong
        elif (day := days.read(first)) and day > ahead.first:
            start = days.start_of(day, zone)
    if length == TO_A_DAY:
        last = form.get("until_day", "").strip()
        if wrong := ahead.problem(last) if last else _("Choose the last day"):
            errors["until_day"] = wrong
        elif day := days.read(last):
            until = days.end_of(day, zone)
    elif length in lengths.OFFERED:
        until = lengths.until_of(length, _from(start, now))
    elif length != AS_IT_IS:
        errors["length"] = _("Choose how long")
    if not errors and start and until and until <= start:
        field = "until_day" if length == TO_A_DAY else "start_day"
        errors[field] = _("It would end before it begins. Choose another day.")
    return before.model_copy(update={"start": start, "until": until}), errors


def shown(policy: Policy, now: datetime, zone: ZoneInfo) -> dict[str, str]:
    """What the form shows of a policy: its length, its last day, its first if that is to come."""
    start, last = policy.when.start, days.ended_by(policy.when.until, zone)
    first = days.begun_by(start, zone) if start and start > now else None
    length = lengths.length_of(policy, _from(start, now))
    return {
        "length": TO_A_DAY if last and policy.why else length,
        "until_day": last.isoformat() if last else "",
        "start_day": first.isoformat() if first else "",
    }


def _from(start: datetime | None, now: datetime) -> datetime:
    return max(start, now) if start else now
