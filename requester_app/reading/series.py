"""PURE: measurements of one code over time, as lines, a table and a sentence."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from statistics import median
from typing import Any

from heart_ui.words import N_
from heart_ui.words import gettext as _
from requester_app.reading.bundle import Entry
from requester_app.reading.words import (
    amount,
    choice,
    codes,
    concept,
    day,
    figure,
    items,
    number,
    spoken,
    text,
    when,
)

DATES = ("effectiveDateTime", "effectivePeriod", "effectiveInstant", "issued")
SYSTOLIC, DIASTOLIC = "8480-6", "8462-4"
WRONG = frozenset({"entered-in-error", "cancelled"})
# Drawn only where the source gives no range: a common goal, said to be one.
_COMMON_GOALS = {
    SYSTOLIC: (-1e9, 130.0, N_("Common goal: top number under 130")),
    "4548-4": (-1e9, 7.0, N_("Common goal: under 7")),
}
_SHORT = {
    SYSTOLIC: N_("Systolic"),
    DIASTOLIC: N_("Diastolic"),
    "4548-4": "HbA1c",
    "29463-7": N_("Weight"),
    "8867-4": N_("Pulse"),
}
Points = tuple[tuple[date, float | None], ...]


@dataclass(frozen=True, slots=True)
class Figure:
    """One plot: its lines, unit and band; `summary` in words; `head` and `rows` are its table."""

    title: str
    lines: tuple[tuple[str, Points], ...]
    unit: str
    band: tuple[float, float, str] | None
    gap: timedelta | None
    summary: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


_MOST_DIGITS = 5


@dataclass(frozen=True, slots=True)
class _Reading:
    entry: Entry
    date: str
    values: tuple[tuple[str, str, float, str], ...]
    """(code, name, value, unit) for each number of the observation."""


def _measured(holder: Any) -> tuple[str, str, float, str] | None:
    quantity = holder.get("valueQuantity")
    value = number(quantity.get("value")) if isinstance(quantity, dict) else None
    if value is None:
        return None
    found = codes(holder.get("code"))
    code = next((c for c in found if c in _SHORT), next(iter(sorted(found)), ""))
    name = _(_SHORT.get(code, "")) or concept(holder.get("code"))
    return code or name, name, value, text(quantity.get("unit")) or text(quantity.get("code"))


def _reading(entry: Entry) -> _Reading | None:
    resource = entry.resource
    date_text = when(resource, *DATES)
    parts = [_measured(resource)] + [_measured(c) for c in items(resource.get("component", []))]
    values = tuple(part for part in parts if part is not None)
    if not values or day(date_text) is None:
        return None
    return _Reading(entry, date_text, values)


def group(entries: Iterable[Entry]) -> tuple[list[Figure], list[Entry]]:
    """Plots for what was measured twice or more, the most measured first; and all the rest."""
    groups: dict[tuple[str, ...], list[_Reading]] = {}
    rest: list[Entry] = []
    for entry in entries:
        reading = _reading(entry) if entry.type == "Observation" else None
        if reading is None or len(reading.values) > 2:
            rest.append(entry)
        else:
            groups.setdefault(tuple(code for code, *_ in reading.values), []).append(reading)
    figures = []
    for readings in sorted(groups.values(), key=len, reverse=True):
        figure = _figure(readings)
        if figure is None:
            rest.extend(reading.entry for reading in readings)
        else:
            figures.append(figure)
    return figures, rest


def _figure(readings: list[_Reading]) -> Figure | None:
    readings.sort(key=lambda reading: reading.date)
    valid = [r for r in readings if r.entry.resource.get("status") not in WRONG]
    if len(valid) < 2:
        return None
    unit = valid[-1].values[0][3]
    drawn = [r for r in valid if all(value[3] == unit for value in r.values)]
    names = [value[1] for value in valid[-1].values]
    lines = tuple(
        (name, tuple((_day(r), r.values[n][2]) for r in drawn)) for n, name in enumerate(names)
    )
    return Figure(
        title=concept(valid[-1].entry.resource.get("code")) if len(names) > 1 else names[0],
        lines=lines,
        unit=unit,
        band=_band(valid[-1]),
        gap=_gap([_day(r) for r in drawn]),
        summary=_summary(readings, drawn, names, unit),
        head=(_("Date"), *names, _("Source")),
        rows=tuple(_row(reading, readings) for reading in reversed(readings)),
    )


def _day(reading: _Reading) -> date:
    return day(reading.date) or date.min


def _written(value: float, others: Iterable[float]) -> str:
    """A number with as many decimals as those beside it: 8.0 among 9.1 and 8.4 (R4 decimal)."""
    digits = max(len(f"{one:g}".partition(".")[2]) for one in (value, *others))
    return f"{value:.{digits}f}" if digits < _MOST_DIGITS else f"{value:g}"


def _row(reading: _Reading, beside: Iterable[_Reading]) -> tuple[str, ...]:
    wrong = reading.entry.resource.get("status") in WRONG
    note = _(" (entered in error)") if wrong else ""
    shown = []
    for code, _name, value, unit in reading.values:
        others = [v for one in beside for c, _name, v, u in one.values if (c, u) == (code, unit)]
        shown.append(f"{_written(value, others)} {unit}".strip() + note)
    return (spoken(reading.date), *shown, reading.entry.source)


def _gap(days: list[date]) -> timedelta | None:
    """A pause much longer than usual is drawn as a gap, not as a line over what nobody measured."""
    steps = [(b - a).days for a, b in pairwise(days) if b > a]
    return timedelta(days=max(7.0, 3 * median(steps))) if steps else None


def _band(latest: _Reading) -> tuple[float, float, str] | None:
    for given in items(latest.entry.resource.get("referenceRange", [])):
        low = figure(given.get("low"))
        high = figure(given.get("high"))
        if low is not None or high is not None:
            words = text(given.get("text")) or _range_words(low, high)
            return (-1e9 if low is None else low, 1e9 if high is None else high, words)
    goal = _COMMON_GOALS.get(latest.values[0][0])
    return None if goal is None else (*goal[:2], _(goal[2]))


def _range_words(low: float | None, high: float | None) -> str:
    if low is None:
        return _("Usual range: under %(high)g", high=high)
    if high is None:
        return _("Usual range: over %(low)g", low=low)
    return _("Usual range: %(low)g to %(high)g", low=low, high=high)


def _summary(readings: list[_Reading], drawn: list[_Reading], names: list[str], unit: str) -> str:
    first, last = spoken(readings[0].date), spoken(readings[-1].date)
    parts = [_("%(n)s readings, %(first)s to %(last)s.", n=len(readings), first=first, last=last)]
    for n, name in enumerate(names if drawn else []):
        measured = [reading.values[n][2] for reading in drawn]
        low, high, end = (
            _written(v, measured) for v in (min(measured), max(measured), measured[-1])
        )
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


def value_of(resource: Any) -> str:
    """The value of an observation in words; parts of a panel one after another."""
    quantity = resource.get("valueQuantity")
    if isinstance(quantity, dict):
        return amount(quantity)
    value = choice(resource, "value")
    if isinstance(value, dict):
        return concept(value) or amount(value)
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if value is not None:
        return str(value)
    parts = [
        f"{concept(part.get('code'))}: {value_of(part)}"
        for part in items(resource.get("component", []))
    ]
    return "; ".join(parts) or concept(resource.get("dataAbsentReason"))
