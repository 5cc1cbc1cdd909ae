"""The parts of a chart of lines: its target range, its grid, one line with its gaps, the names."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from markupsafe import Markup

from heart_ui import dates
from heart_ui.chart_frame import BOTTOM, LABEL_ROOM, LEFT, RIGHT, TOP, Band, Frame, Series
from heart_ui.svg_parts import point, text
from heart_ui.words import gettext as _


def spoken(one: Series, unit: str) -> str:
    values = one.values
    return _(
        "%(name)s: first %(first)g, last %(last)g, lowest %(low)g, highest %(high)g %(unit)s",
        name=one.name,
        first=values[0],
        last=values[-1],
        low=min(values),
        high=max(values),
        unit=unit,
    ).rstrip()


def band_behind(frame: Frame, band: Band) -> Markup:
    top, foot = frame.y(band.high), frame.y(band.low)
    box = Markup('<rect class="band" x="{}" y="{:.1f}" width="{}" height="{:.1f}"/>').format(
        LEFT, top, frame.width - LEFT - RIGHT, max(foot - top, 0)
    )
    return box + text(LEFT + 6, min(top + 16, frame.height - BOTTOM - 4), band.words, "start")


def grid(frame: Frame) -> list[Markup]:
    parts = []
    for step in range(5):
        value = frame.low + (frame.high - frame.low) * step / 4
        y = frame.y(value)
        parts.append(
            Markup('<line class="rule" x1="{}" x2="{}" y1="{:.1f}" y2="{:.1f}"/>').format(
                LEFT, frame.width - RIGHT, y, y
            )
        )
        parts.append(text(LEFT - 6, y + 4, _number(value, frame.high - frame.low), "end"))
    marks = 4 if frame.width >= 400 else 2
    days = (frame.last - frame.first).days
    for step in range(marks + 1 if days >= marks else 1):
        day = frame.first + timedelta(days=round(days * step / marks))
        anchor = "middle" if 0 < step < marks else ("start" if step == 0 else "end")
        parts.append(text(frame.x(day), frame.height - 10, _day(day, days), anchor))
    return parts


def _number(value: float, span: float) -> str:
    return f"{value:.0f}" if span >= 8 else f"{value:.1f}"


def _day(day: date, span: int) -> str:
    return dates.short_month(day) if span > 300 else dates.day_of_year(day)


def line(frame: Frame, one: Series, number: int, gap: timedelta | None) -> Markup:
    runs: list[list[tuple[float, float]]] = [[]]
    before: date | None = None
    for day, value in one.points:
        pause = gap is not None and before is not None and day - before > gap
        if value is None or pause:
            runs.append([])
        if value is not None:
            runs[-1].append((frame.x(day), frame.y(value)))
            before = day
    parts = [
        Markup('<polyline class="l{}" points="{}"/>').format(
            number, " ".join(f"{x:.1f},{y:.1f}" for x, y in run)
        )
        for run in runs
        if len(run) > 1
    ]
    return Markup("").join(parts + [point(x, y, number) for run in runs for x, y in run])


def names(frame: Frame, drawn: Sequence[Series]) -> Markup:
    """Names at the line ends, pushed apart when the lines end close together."""
    ends = sorted((frame.y(one.values[-1]) - 9, one.name) for one in drawn)
    parts, floor = [], float(TOP - 4)
    for y, name in ends:
        y = max(y, floor)
        floor = y + LABEL_ROOM
        parts.append(text(frame.width - RIGHT, y, name, "end"))
    return Markup("").join(parts)
