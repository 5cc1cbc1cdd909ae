"""PURE. A day picked from a calendar: read, bounded, and turned into the moments it stands for.

A day begins and ends where its reader lives: the last day of a share is wholly in it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from heart_ui.words import gettext as _
from patient_portal.policies.dates import plain_day

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_LAST_SECOND = time(23, 59, 59)
OLDEST = date(1900, 1, 1)
AT_MOST = 3653
"""Days ahead of today that a share may begin or end: ten years."""


@dataclass(frozen=True)
class Span:
    """The days that may be picked, both included."""

    first: date
    last: date

    def problem(self, text: str) -> str:
        """What is wrong with a picked day, in words; empty where nothing is."""
        if (day := read(text)) is None:
            return _(
                "There is no such day. Write it as year, month and day, such as %(day)s.",
                day=self.first.isoformat(),
            )
        if self.first <= day <= self.last:
            return ""
        first, last = (plain_day(one.isoformat()) for one in (self.first, self.last))
        return _("Choose a day from %(first)s to %(last)s.", first=first, last=last)


def read(text: str) -> date | None:
    """The day that a date field sends; None for one that no calendar has."""
    if not _DAY.fullmatch(text):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def ahead(today: date) -> Span:
    """Days on which a share may begin or end."""
    return Span(today, today + timedelta(days=AT_MOST))


def past(today: date) -> Span:
    """Days from which there may be records."""
    return Span(OLDEST, today)


def start_of(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone)


def end_of(day: date, zone: ZoneInfo) -> datetime:
    """The last moment of a day that is told as this day."""
    return datetime.combine(day, _LAST_SECOND, zone)


def ended_by(moment: datetime | None, zone: ZoneInfo) -> date | None:
    """The day that ends at this moment; None for any other moment."""
    local = moment.astimezone(zone) if moment else None
    return local.date() if local and local.time() == _LAST_SECOND else None


def begun_by(moment: datetime | None, zone: ZoneInfo) -> date | None:
    """The day that begins at this moment; None for any other moment."""
    local = moment.astimezone(zone) if moment else None
    return local.date() if local and local.time() == time() else None
