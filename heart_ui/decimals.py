"""How a number is written beside others of its kind."""

from __future__ import annotations

from collections.abc import Iterable

_MOST_DIGITS = 5


def written(value: float, others: Iterable[float]) -> str:
    """With as many decimals as those beside it: 8.0 among 9.1 and 8.4 (R4 decimal).

    >>> written(8, [9.1, 8.4]), written(72, [71, 70]), written(1 / 3, [1])
    ('8.0', '72', '0.333333')
    """
    digits = max(len(f"{one:g}".partition(".")[2]) for one in (value, *others))
    return f"{value:.{digits}f}" if digits < _MOST_DIGITS else f"{value:g}"
