"""Dates in the reader's language: `25 November 2026`, `25 Nov 2026`, `25 de noviembre de 2026`."""

from __future__ import annotations

from datetime import date

from heart_ui import months
from heart_ui.words import gettext as _


def day(on: date) -> str:
    """A day written out: `25 November 2026`."""
    name = months.name(on.month)
    return _("%(day)s %(month)s %(year)s", day=on.day, month=name, year=on.year)


def month(on: date) -> str:
    """A month written out: `November 2026`."""
    return _("%(month)s %(year)s", month=months.name(on.month), year=on.year)


def short_day(on: date) -> str:
    """A day where there is little room: `25 Nov 2026`."""
    name = months.short(on.month)
    return _("%(day)s %(short_month)s %(year)s", day=on.day, short_month=name, year=on.year)


def short_month(on: date) -> str:
    """A month where there is little room: `Nov 2026`."""
    return _("%(short_month)s %(year)s", short_month=months.short(on.month), year=on.year)


def day_of_year(on: date) -> str:
    """A day of a year that is known: `25 Nov`."""
    return _("%(day)s %(short_month)s", day=on.day, short_month=months.short(on.month))
