"""PURE: dates of FHIR as people write them: `14 Mar 1979`, `Mar 1979`, `1979`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from heart_reading.words import Resource
from heart_ui import dates


def when(resource: Resource, *names: str) -> str:
    """The first date among elements: a date, or the start of a period."""
    for name in names:
        value = resource.get(name)
        if isinstance(value, Mapping):
            value = value.get("start") or value.get("end")
        if isinstance(value, str) and value[:4].isdigit():
            return value
    return ""


def spoken(value: str) -> str:
    """A FHIR date as people write it: `14 Mar 1979`, `Mar 1979`, `1979`.

    >>> spoken("1979-03-14T09:00:00Z"), spoken("1979-03"), spoken("")
    ('14 Mar 1979', 'Mar 1979', '')
    """
    parts = value[:10].split("-")
    try:
        if len(parts) == 3:
            return dates.short_day(date(*map(int, parts)))
        if len(parts) == 2:
            return dates.short_month(date(int(parts[0]), int(parts[1]), 1))
    except (ValueError, IndexError):
        return ""
    return value[:4]


def day(value: str) -> date | None:
    """The day of a FHIR date that has one."""
    try:
        return date.fromisoformat(value[:10])
    except ValueError:
        return None


def years(born: str, today: date) -> int | None:
    """How old somebody is; None where her birth date has no day, and for one not yet born.

    >>> years("1979-03-14", date(2026, 3, 13)), years("1979-03-14", date(2026, 3, 14))
    (46, 47)
    """
    on = day(born) if len(born) >= 10 else None
    if on is None or on > today:
        return None
    return today.year - on.year - ((today.month, today.day) < (on.month, on.day))
