"""Days for an axis of time: the first of a month where it spans months, else days in even steps."""

from __future__ import annotations

from datetime import date, timedelta

from heart_ui import dates, months

APART = 56
"""Pixels between one day and the next: half of `Jun 2025`, half of `27 Oct`, and a space."""
_MONTHS = (1, 2, 3, 6, 12, 24, 60, 120, 240)
_DAYS = (1, 2, 7, 14, 28, 56)


def ticks(first: date, last: date, room: float) -> list[tuple[date, str]]:
    """Days from `first` to `last`, as they are written under an axis of `room` pixels.

    The year stands at the first of them and at each January.
    """
    a_day = room / max((last - first).days, 1)
    for step in _MONTHS:
        found = _first_of_months(first, last, step)
        if len(found) < 2:
            break
        if step * 28 * a_day >= APART:
            return [(day, _month(day, n, step)) for n, day in enumerate(found)]
    days = (last - first).days
    step = next((one for one in _DAYS if one * a_day >= APART), days or 1)
    even = [first + timedelta(days=n) for n in range(0, days + 1, step)]
    return [(day, dates.day_of_year(day)) for day in even]


def _month(day: date, number: int, step: int) -> str:
    if step >= 12:
        return str(day.year)
    short = months.short(day.month)
    return dates.short_month(day) if number == 0 or day.month == 1 else short


def _first_of_months(first: date, last: date, step: int) -> list[date]:
    """Counted from January of the year 0, so that half-years begin in January and July."""
    begin = first.year * 12 + first.month - (first.day == 1)
    begin += -begin % step
    end = last.year * 12 + last.month - 1
    return [date(n // 12, n % 12 + 1, 1) for n in range(begin, end + 1, step)]
