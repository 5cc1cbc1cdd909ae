"""PURE: a number as it was measured: no more digits than anybody needs (FHIR R4 decimal)."""

from __future__ import annotations

from typing import Any

MOST_DECIMALS = 3
"""Of a number as it was written; one with more was computed, and is rounded where it is shown."""


def figure(value: Any) -> str:
    """A JSON number in words, empty for anything else.

    >>> figure(8.0), figure(78.7345823), figure(0.000012345), figure(True), figure(120)
    ('8.0', '78.73', '1.23e-05', '', '120')
    """
    if isinstance(value, bool) or not isinstance(value, int | float):
        return ""
    written = str(value)
    decimals = len(written.partition(".")[2])
    if isinstance(value, int) or ("e" not in written and decimals <= MOST_DECIMALS):
        return written
    return f"{value:.2f}" if abs(value) >= 1 else f"{value:.3g}"


def is_rounded(value: Any) -> bool:
    """True where `figure` says less than the record does."""
    return isinstance(value, float) and figure(value) != str(value)
