"""Charts drawn on the server as SVG: classes and attributes only, so a strict CSP holds.

Each has a title and a summary for screen readers; the page beside it carries the table.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from markupsafe import Markup

from heart_ui import months
from heart_ui.words import gettext as _

LEFT, RIGHT, TOP, BOTTOM = 46, 16, 16, 34
LABEL_ROOM = 15


@dataclass(frozen=True)
class Series:
    """One line: a name and its points in time; ``None`` is a reading that is missing."""

    name: str
    points: Sequence[tuple[date, float | None]]

    @property
    def values(self) -> list[float]:
        return [value for _, value in self.points if value is not None]


@dataclass(frozen=True)
class Band:
    """A target range, drawn behind the lines and named in words."""

    low: float
    high: float
    words: str


@dataclass(frozen=True)
class Frame:
    """Maps days and values to the drawing area."""

    width: int
    height: int
    first: date
    last: date
    low: float
    high: float

    def x(self, day: date) -> float:
        span = max((self.last - self.first).days, 1)
        return LEFT + (self.width - LEFT - RIGHT) * (day - self.first).days / span

    def y(self, value: float) -> float:
        inside = min(max(value, self.low), self.high)
        room = self.height - TOP - BOTTOM
        return TOP + room * (1 - (inside - self.low) / (self.high - self.low))


def lines(
    series: Sequence[Series],
    *,
    key: str,
    title: str,
    unit: str = "",
    band: Band | None = None,
    low: float | None = None,
    high: float | None = None,
    gap: timedelta | None = None,
    width: int = 640,
    height: int = 260,
) -> Markup:
    """Lines over time; a missing reading, or a pause longer than ``gap``, stays a gap."""
    drawn = [one for one in series if one.values]
    if not drawn:
        return Markup("")
    frame = _frame(drawn, band, low, high, width, height)
    parts = [_open(key, title, "; ".join(_spoken(one, unit) for one in drawn), width, height)]
    if band:
        parts.append(_band(frame, band))
    parts += _grid(frame)
    for number, one in enumerate(drawn, 1):
        parts.append(_line(frame, one, min(number, 3), gap))
    if len(drawn) > 1:
        parts.append(_names(frame, drawn))
    return Markup("").join(parts) + Markup("</svg>")


def small_multiples(
    panels: Sequence[tuple[Series, Band | None]], *, key: str, unit: str = ""
) -> Markup:
    """The same small chart for each series, side by side and named."""
    figures = [
        Markup("<figure><figcaption>{}</figcaption>{}</figure>").format(
            one.name,
            lines(
                [one], key=f"{key}{n}", title=one.name, unit=unit, band=band, width=320, height=170
            ),
        )
        for n, (one, band) in enumerate(panels)
    ]
    return Markup('<div class="multiples">') + Markup("").join(figures) + Markup("</div>")


def bars(
    values: Sequence[int],
    labels: Sequence[str],
    *,
    key: str,
    title: str,
    width: int = 640,
    height: int = 200,
) -> Markup:
    """One bar for each label; a zero is written, not left out."""
    if not values:
        return Markup("")
    spoken = ", ".join(f"{label}: {value}" for label, value in zip(labels, values, strict=True))
    step, foot = (width - 20) / len(values), height - 30
    parts = [_open(key, title, spoken, width, height)]
    parts.append(
        Markup('<line class="axis" x1="10" x2="{}" y1="{}" y2="{}"/>').format(
            width - 10, foot, foot
        )
    )
    every = max(1, math.ceil(58 / step))
    for n, (label, value) in enumerate(zip(labels, values, strict=True)):
        left = 10 + n * step
        tall = (foot - 22) * value / max(*values, 1)
        parts.append(_bar(left + step * 0.12, foot - tall, step * 0.76, tall))
        parts.append(_text(left + step / 2, foot - tall - 5, str(value), "middle"))
        if n % every == 0:
            parts.append(_text(left + step / 2, height - 10, label, "middle"))
    return Markup("").join(parts) + Markup("</svg>")


def _frame(
    drawn: Sequence[Series],
    band: Band | None,
    low: float | None,
    high: float | None,
    width: int,
    height: int,
) -> Frame:
    days = [day for one in drawn for day, _ in one.points]
    values = [value for one in drawn for value in one.values]
    if band:
        values += [v for v in (band.low, band.high) if abs(v) < 1e6]
    least, most = min(values), max(values)
    room = (most - least) * 0.08 or max(abs(most) * 0.1, 1.0)
    bottom = low if low is not None else least - room
    top = high if high is not None else most + room
    return Frame(width, height, min(days), max(days), bottom, max(top, bottom + 1e-9))


def _open(key: str, title: str, spoken: str, width: int, height: int) -> Markup:
    size = "s" if width < 400 else "l"
    return Markup(
        '<svg class="chart chart-{}" viewBox="0 0 {} {}" role="img" aria-labelledby="{}-t {}-d">'
        '<title id="{}-t">{}</title><desc id="{}-d">{}.</desc>'
    ).format(size, width, height, key, key, key, title, key, spoken)


def _spoken(one: Series, unit: str) -> str:
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


def _text(x: float, y: float, words: str, anchor: str) -> Markup:
    return Markup('<text x="{:.1f}" y="{:.1f}" text-anchor="{}">{}</text>').format(
        x, y, anchor, words
    )


def _bar(x: float, y: float, wide: float, tall: float) -> Markup:
    return Markup(
        '<rect class="bar" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}" rx="2"/>'
    ).format(x, y, wide, tall)


def _band(frame: Frame, band: Band) -> Markup:
    top, foot = frame.y(band.high), frame.y(band.low)
    box = Markup('<rect class="band" x="{}" y="{:.1f}" width="{}" height="{:.1f}"/>').format(
        LEFT, top, frame.width - LEFT - RIGHT, max(foot - top, 0)
    )
    return box + _text(LEFT + 6, min(top + 16, frame.height - BOTTOM - 4), band.words, "start")


def _grid(frame: Frame) -> list[Markup]:
    parts = []
    for step in range(5):
        value = frame.low + (frame.high - frame.low) * step / 4
        y = frame.y(value)
        parts.append(
            Markup('<line class="rule" x1="{}" x2="{}" y1="{:.1f}" y2="{:.1f}"/>').format(
                LEFT, frame.width - RIGHT, y, y
            )
        )
        parts.append(_text(LEFT - 6, y + 4, _number(value, frame.high - frame.low), "end"))
    marks = 4 if frame.width >= 400 else 2
    days = (frame.last - frame.first).days
    for step in range(marks + 1 if days >= marks else 1):
        day = frame.first + timedelta(days=round(days * step / marks))
        anchor = "middle" if 0 < step < marks else ("start" if step == 0 else "end")
        parts.append(_text(frame.x(day), frame.height - 10, _day(day, days), anchor))
    return parts


def _number(value: float, span: float) -> str:
    return f"{value:.0f}" if span >= 8 else f"{value:.1f}"


def _day(day: date, span: int) -> str:
    month = months.short(day.month)
    return f"{month} {day.year}" if span > 300 else f"{day.day} {month}"


def _line(frame: Frame, one: Series, number: int, gap: timedelta | None) -> Markup:
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
    return Markup("").join(parts + [_point(x, y, number) for run in runs for x, y in run])


def _point(x: float, y: float, number: int) -> Markup:
    if number == 2:
        return Markup('<rect class="p2" x="{:.1f}" y="{:.1f}" width="6" height="6"/>').format(
            x - 3, y - 3
        )
    return Markup('<circle class="p{}" cx="{:.1f}" cy="{:.1f}" r="3.4"/>').format(number, x, y)


def _names(frame: Frame, drawn: Sequence[Series]) -> Markup:
    """Names at the line ends, pushed apart when the lines end close together."""
    ends = sorted((frame.y(one.values[-1]) - 9, one.name) for one in drawn)
    parts, floor = [], float(TOP - 4)
    for y, name in ends:
        y = max(y, floor)
        floor = y + LABEL_ROOM
        parts.append(_text(frame.width - RIGHT, y, name, "end"))
    return Markup("").join(parts)
