"""Round numbers for an axis: 7, 8, 9, never 6.6, 7.3, 7.9."""

from __future__ import annotations

import math
from dataclasses import dataclass

FEWEST, MOST = 3, 6
"""Numbers on an axis: with fewer a value between them can not be read off."""
_ROUND = (1.0, 2.0, 5.0)


@dataclass(frozen=True)
class Axis:
    """From where to where it goes, and its numbers as they are written."""

    low: float
    high: float
    ticks: tuple[tuple[float, str], ...]


def axis(low: float, high: float) -> Axis:
    """An axis with room for `low` to `high`, in steps of 1, 2, 5, 10, 20 ...

    >>> [words for _, words in axis(6.6, 9.3).ticks], [words for _, words in axis(0, 1.2).ticks]
    (['7', '8', '9'], ['0.0', '0.5', '1.0'])
    >>> [words for _, words in axis(20.5, 34.9).ticks]
    ['20', '25', '30', '35']
    """
    rank = 3 * math.ceil(math.log10(high - low))
    while len(found := _between(low, high, _step(rank))) < FEWEST:
        rank -= 1
    step = _step(rank)
    if len(found) > MOST:
        # With the next step there are too few, unless the axis goes on to the numbers around it.
        step = _step(rank + 1)
        found = range(math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9) + 1)
    digits = max(0, -math.floor(math.log10(step) + 1e-9))
    ticks = tuple((n * step, f"{n * step:.{digits}f}") for n in found)
    return Axis(min(low, ticks[0][0]), max(high, ticks[-1][0]), ticks)


def _step(rank: int) -> float:
    """1, 2, 5, 10 ... for 0, 1, 2, 3 ..."""
    return float(f"{_ROUND[rank % 3] * 10.0 ** (rank // 3):g}")


def _between(low: float, high: float, step: float) -> range:
    return range(math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9) + 1)
