"""The lines of a chart: each with its gaps, and its last value beside its end."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from markupsafe import Markup

from heart_ui.chart_frame import BOTTOM, Frame, Series
from heart_ui.decimals import written
from heart_ui.svg_parts import points, text

APART = 16
"""Between two words of which one is above the other."""


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
    return Markup("").join(parts) + points((at for run in runs for at in run), number)


def last_value(one: Series) -> str:
    """With as many decimals as the rest of its line."""
    return written(one.values[-1], one.values)


def ends(frame: Frame, drawn: Sequence[Series]) -> Markup:
    """The last values to the right of the lines' ends, pushed apart where these are close."""
    found = sorted(
        (frame.y(one.values[-1]) + 4, one.points[-1][0], last_value(one)) for one in drawn
    )
    parts, floor = [], 0.0
    foot = frame.height - BOTTOM + 4 - APART * (len(found) - 1)
    for y, _day, words in found:
        y = max(min(y, foot), floor)
        floor, foot = y + APART, foot + APART
        parts.append(text(frame.width - frame.right + 9, y, words, "start"))
    return Markup("").join(parts)
