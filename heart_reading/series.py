"""PURE: measurements of one code over time, as lines, a table and a sentence."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from statistics import median

from heart_reading.entry import Entry
from heart_reading.figure_words import WRONG, row_of_reading, summary
from heart_reading.ranges import band_of
from heart_reading.readings import Reading, day_of, reading_of
from heart_reading.words import concept
from heart_ui.words import gettext as _

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


def group(entries: Iterable[Entry]) -> tuple[list[Figure], list[Entry]]:
    """Plots for what was measured twice or more, the most measured first; and all the rest."""
    groups: dict[tuple[str, ...], list[Reading]] = {}
    rest: list[Entry] = []
    for entry in entries:
        reading = reading_of(entry) if entry.type == "Observation" else None
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


def _figure(readings: list[Reading]) -> Figure | None:
    readings.sort(key=lambda reading: reading.date)
    valid = [r for r in readings if r.entry.resource.get("status") not in WRONG]
    if len(valid) < 2:
        return None
    unit = valid[-1].values[0][3]
    drawn = [r for r in valid if all(value[3] == unit for value in r.values)]
    names = [value[1] for value in valid[-1].values]
    lines = tuple(
        (name, tuple((day_of(r), r.values[n][2]) for r in drawn)) for n, name in enumerate(names)
    )
    band = band_of(valid[-1])
    return Figure(
        title=concept(valid[-1].entry.resource.get("code")) if len(names) > 1 else names[0],
        lines=lines,
        unit=unit,
        band=band,
        gap=_gap([day_of(r) for r in drawn]),
        summary=summary(readings, drawn, names, unit, band[2] if band else ""),
        head=(_("Date"), *names, _("Source")),
        rows=tuple(row_of_reading(reading, readings) for reading in reversed(readings)),
    )


def _gap(days: list[date]) -> timedelta | None:
    """A pause much longer than usual is drawn as a gap, not as a line over what nobody measured."""
    steps = [(b - a).days for a, b in pairwise(days) if b > a]
    return timedelta(days=max(7.0, 3 * median(steps))) if steps else None
