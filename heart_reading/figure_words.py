"""PURE: what stands beside a plot: its sentence, its rows, the words of its range."""

from __future__ import annotations

from collections.abc import Iterable

from heart_reading.dates import spoken
from heart_reading.readings import Reading
from heart_ui.words import gettext as _

WRONG = frozenset({"entered-in-error", "cancelled"})


_MOST_DIGITS = 5


def _written(value: float, others: Iterable[float]) -> str:
    """A number with as many decimals as those beside it: 8.0 among 9.1 and 8.4 (R4 decimal)."""
    digits = max(len(f"{one:g}".partition(".")[2]) for one in (value, *others))
    return f"{value:.{digits}f}" if digits < _MOST_DIGITS else f"{value:g}"


def row_of_reading(reading: Reading, beside: Iterable[Reading]) -> tuple[str, ...]:
    wrong = reading.entry.resource.get("status") in WRONG
    note = _(" (entered in error)") if wrong else ""
    shown = []
    for code, _name, value, unit in reading.values:
        others = [v for one in beside for c, _name, v, u in one.values if (c, u) == (code, unit)]
        shown.append(f"{_written(value, others)} {unit}".strip() + note)
    return (spoken(reading.date), *shown, reading.entry.source)


def summary(readings: list[Reading], drawn: list[Reading], names: list[str], unit: str) -> str:
    first, last = spoken(readings[0].date), spoken(readings[-1].date)
    parts = [_("%(n)s readings, %(first)s to %(last)s.", n=len(readings), first=first, last=last)]
    for n, name in enumerate(names if drawn else []):
        values = [reading.values[n][2] for reading in drawn]
        low, high, end = (_written(v, values) for v in (min(values), max(values), values[-1]))
        span = _("%(low)s to %(high)s, last %(end)s", low=low, high=high, end=end)
        if low == high:
            span = _("%(value)s each time", value=low)
        parts.append(f"{name} {span} {unit}".rstrip() + ".")
    if len(drawn) < len(readings):
        left = len(readings) - len(drawn)
        parts.append(_("%(n)s of them are in the table only.", n=left))
    sources = sorted({reading.entry.source for reading in readings})
    parts.append(_("Source: %(sources)s.", sources=", ".join(sources)))
    return " ".join(parts)
