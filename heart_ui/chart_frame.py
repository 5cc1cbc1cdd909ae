"""What a chart is drawn from, and where on the drawing a day and a value are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from heart_ui.round_ticks import Axis, axis

BOTTOM = 30
A_LETTER = 8.6
"""Room of a letter of the drawing's type: wide, for fonts differ."""


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
    """Maps days and values to the drawing area, which leaves room for words on three sides."""

    width: int
    height: int
    left: float
    right: float
    top: float
    first: date
    last: date
    values: Axis

    def x(self, day: date) -> float:
        span = max((self.last - self.first).days, 1)
        return self.left + (self.width - self.left - self.right) * (day - self.first).days / span

    def y(self, value: float) -> float:
        inside = min(max(value, self.values.low), self.values.high)
        room = self.height - self.top - BOTTOM
        return self.top + room * (
            1 - (inside - self.values.low) / (self.values.high - self.values.low)
        )


def axis_of(
    drawn: Sequence[Series], band: Band | None, low: float | None, high: float | None
) -> Axis:
    """The axis of the values: with room for all of them, and round numbers."""
    values = [value for one in drawn for value in one.values]
    if band:
        values += [v for v in (band.low, band.high) if abs(v) < 1e6]
    least, most = min(values), max(values)
    room = (most - least) * 0.08 or max(abs(most) * 0.1, 1.0)
    bottom = low if low is not None else least - room
    top = high if high is not None else most + room
    return axis(bottom, max(top, bottom + max(abs(bottom) * 1e-6, 1e-6)))
