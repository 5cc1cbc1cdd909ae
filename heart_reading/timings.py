"""PURE: how often, in words: `2 times a day, before meals` (FHIR R4 Timing)."""

from __future__ import annotations

from typing import Any

from heart_reading.figures import figure
from heart_reading.measures import quantity, span
from heart_reading.spans_of_time import moment, period
from heart_reading.units import time_span
from heart_reading.words import concept, items, part, text
from heart_ui.words import N_
from heart_ui.words import gettext as _

_WHEN = {
    "MORN": N_("in the morning"), "NOON": N_("at noon"), "AFT": N_("in the afternoon"),
    "EVE": N_("in the evening"), "NIGHT": N_("at night"), "HS": N_("at bedtime"),
    "WAKE": N_("after waking up"), "PHS": N_("after going to sleep"), "C": N_("with meals"),
    "CM": N_("with breakfast"), "CD": N_("with lunch"), "CV": N_("with dinner"),
    "AC": N_("before meals"), "ACM": N_("before breakfast"), "ACD": N_("before lunch"),
    "ACV": N_("before dinner"), "PC": N_("after meals"), "PCM": N_("after breakfast"),
    "PCD": N_("after lunch"), "PCV": N_("after dinner"),
}  # fmt: skip
_DAYS = {
    "mon": N_("Monday"), "tue": N_("Tuesday"), "wed": N_("Wednesday"), "thu": N_("Thursday"),
    "fri": N_("Friday"), "sat": N_("Saturday"), "sun": N_("Sunday"),
}  # fmt: skip
_EACH = {
    "s": N_("a second"), "min": N_("a minute"), "h": N_("an hour"), "d": N_("a day"),
    "wk": N_("a week"), "mo": N_("a month"), "a": N_("a year"),
}  # fmt: skip
_SHORT = {
    "BID": N_("2 times a day"), "TID": N_("3 times a day"), "QID": N_("4 times a day"),
    "QD": N_("1 time a day"), "QOD": N_("every other day"), "AM": N_("in the morning"),
    "PM": N_("in the afternoon"), "Q4H": N_("every 4 hours"), "Q6H": N_("every 6 hours"),
    "BED": N_("at bedtime"), "WK": N_("1 time a week"), "MO": N_("1 time a month"),
}  # fmt: skip


def timing(value: Any) -> str:
    """A Timing in words: what its code says, else its rhythm, its days and its end."""
    one = next(iter(items(value)), {})
    repeat = part(one, "repeat")
    rhythm = next(iter(items(repeat)), {})
    code = concept(one.get("code"))
    said = _(_SHORT[code]) if code in _SHORT else ""
    often = said or _often(rhythm) or code
    when = [_(_WHEN[c]) for c in rhythm.get("when") or [] if c in _WHEN]
    days = [_(_DAYS[c]) for c in rhythm.get("dayOfWeek") or [] if c in _DAYS]
    at = [c[:5] for c in rhythm.get("timeOfDay") or [] if isinstance(c, str)]
    on = [moment(each) for each in one.get("event") or []][:3]
    return ", ".join(filter(None, (often, *when, *days, *at, *on, _bounds(rhythm))))


def _often(rhythm: Any) -> str:
    frequency, unit = rhythm.get("frequency", 1), text(rhythm.get("periodUnit"))
    number, most = figure(rhythm.get("period")), figure(rhythm.get("frequencyMax"))
    if not number or unit not in _EACH:
        return ""
    times = _("1 time") if frequency == 1 else _("%(n)s times", n=frequency)
    if most:
        times = _("%(few)s to %(many)s times", few=frequency, many=most)
    if number in ("1", "1.0"):
        return f"{times} {_(_EACH[unit])}"
    longest = figure(rhythm.get("periodMax"))
    every = time_span(f"{number}-{longest}" if longest else number, "", unit)
    if frequency == 1:
        return _("every %(time)s", time=every)
    return _("%(times)s every %(time)s", times=times, time=every)


def _bounds(rhythm: Any) -> str:
    whole = period(rhythm.get("boundsPeriod"))
    lasting = quantity(rhythm.get("boundsDuration")) or span(rhythm.get("boundsRange"))
    return whole or (_("for %(time)s", time=lasting) if lasting else "")
