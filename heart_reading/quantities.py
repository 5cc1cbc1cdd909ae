"""PURE: numbers and quantities of FHIR in words: `134 mmHg`, `<5 mg/L` (FHIR R4 2.24)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from heart_reading.words import text


def number(value: Any) -> float | None:
    """A JSON number that can be drawn."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value)


def figure(value: Any) -> float | None:
    """The number of a Quantity."""
    return number(value.get("value")) if isinstance(value, Mapping) else None


def amount(value: Any) -> str:
    """A Quantity in words: `134 mmHg`, `<5 mg/L`."""
    if not isinstance(value, Mapping):
        return ""
    figure = value.get("value")
    if number(figure) is None:
        return ""
    unit = text(value.get("unit")) or text(value.get("code"))
    joined = f"{text(value.get('comparator'))}{figure}"
    return f"{joined} {unit}" if unit else joined
