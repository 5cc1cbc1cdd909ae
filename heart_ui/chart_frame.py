"""What a chart is drawn from, and where on the drawing a day and a value are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

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


def frame_of(
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
