"""PURE: what was measured or counted, in words: amounts, ranges, ratios, money (FHIR R4 2.24)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from heart_reading import units
from heart_reading.figures import figure
from heart_reading.words import text
from heart_ui.words import gettext as _


def quantity(value: Any) -> str:
    """A Quantity in words: `134 mmHg`, `<5 mg/L`, `2 weeks`.

    >>> quantity({"value": 134, "unit": "mm[Hg]"}), quantity({"value": 5, "comparator": "<"})
    ('134 mmHg', '<5')
    """
    if not isinstance(value, Mapping):
        return ""
    number, code = figure(value.get("value")), text(value.get("code"))
    if not number:
        return ""
    number = f"{text(value.get('comparator'))}{number}"
    said = units.time_span(number, text(value.get("system")), code)
    unit = units.in_words(text(value.get("unit")) or code)
    return said or (f"{number} {unit}" if unit not in ("", "%") else f"{number} {unit}".strip())


def span(value: Any) -> str:
    """A Range in words: `4 to 6 mmol/L`, `under 6 mmol/L`, `over 4 mmol/L`."""
    if not isinstance(value, Mapping):
        return ""
    low, high = value.get("low"), value.get("high")
    return between(low, high)


def between(low: Any, high: Any) -> str:
    """What lies between two quantities, either of which may not be there."""
    least, most = quantity(low), quantity(high)
    if least and most:
        same = isinstance(low, Mapping) and low.get("unit") == high.get("unit")
        first = figure(low.get("value")) if same else least
        return _("%(low)s to %(high)s", low=first, high=most)
    if most:
        return _("under %(high)s", high=most)
    return _("over %(low)s", low=least) if least else ""


def ratio(value: Any) -> str:
    """A Ratio in words: `1 mg/5 mL`; one like `1:128` without units as such."""
    if not isinstance(value, Mapping):
        return ""
    above, below = quantity(value.get("numerator")), quantity(value.get("denominator"))
    if not above or not below:
        return above
    if below == "1":
        return above
    return f"{above}:{below}" if (above + below).isdigit() else f"{above} / {below}"


def money(value: Any) -> str:
    """A Money in words: `125.40 USD`."""
    if not isinstance(value, Mapping) or not figure(value.get("value")):
        return ""
    return f"{float(value['value']):,.2f} {text(value.get('currency'))}".strip()
