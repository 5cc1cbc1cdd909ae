"""PURE: what stands beside a plot: its sentence, its rows, the words of its range."""

from __future__ import annotations

from collections.abc import Iterable

from heart_reading.dates import spoken
from heart_reading.readings import Reading
from heart_ui.decimals import written
from heart_ui.words import gettext as _

WRONG = frozenset({"entered-in-error", "cancelled"})


def row_of_reading(reading: Reading, beside: Iterable[Reading]) -> tuple[str, ...]:
    wrong = reading.entry.resource.get("status") in WRONG
    note = _(" (entered in error)") if wrong else ""
    shown = []
    for code, _name, value, unit in reading.values:
        others = [v for one in beside for c, _name, v, u in one.values if (c, u) == (code, unit)]
        shown.append(f"{written(value, others)} {unit}".strip() + note)
    return (spoken(reading.date), *shown, reading.entry.source)


def summary(
    readings: list[Reading], drawn: list[Reading], names: list[str], unit: str, band: str
) -> str:
    """How many, when, between which values; the words of the range that is drawn; who measured."""
    first, last = spoken(readings[0].date), spoken(readings[-1].date)
    parts = [_("%(n)s readings, %(first)s to %(last)s.", n=len(readings), first=first, last=last)]
    for n, name in enumerate(names if drawn else []):
        values = [reading.values[n][2] for reading in drawn]
        low, high, end = (written(v, values) for v in (min(values), max(values), values[-1]))
        span = _("%(low)s to %(high)s, last %(end)s", low=low, high=high, end=end)
        if low == high:
            span = _("%(value)s each time", value=low)
        parts.append(f"{name} {span} {unit}".rstrip() + ".")
    if len(drawn) < len(readings):
        left = len(readings) - len(drawn)
        parts.append(_("%(n)s of them are in the table only.", n=left))
    if band:
        parts.append(f"{band}.")
    sources = sorted({reading.entry.source for reading in readings})
    parts.append(_("Source: %(sources)s.", sources=", ".join(sources)))
    return " ".join(parts)
