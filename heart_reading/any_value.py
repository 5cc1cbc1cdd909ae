"""PURE: the value of a choice element in words, whatever its type (FHIR R4 formats 2.1.0.4)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from heart_reading.dates import spoken
from heart_reading.figures import figure
from heart_reading.measures import money, quantity, ratio, span
from heart_reading.names import person_name
from heart_reading.spans_of_time import period
from heart_reading.timings import timing
from heart_reading.words import Resource, concept, text
from heart_ui.words import gettext as _


def typed(resource: Resource, stem: str) -> tuple[str, Any]:
    """The type and the value of a choice element such as `value[x]`; ("", None) without one."""
    for name, value in resource.items():
        if name.startswith(stem) and name[len(stem) : len(stem) + 1].isupper():
            return name[len(stem) :], value
    return "", None


def chosen(resource: Resource, stem: str) -> str:
    """A choice element in words.

    >>> chosen({"valueInteger": 3}, "value"), chosen({"onsetString": "as a child"}, "onset")
    ('3', 'as a child')
    """
    type_, value = typed(resource, stem)
    return _WORDS.get(type_, text)(value)


def _truth(value: Any) -> str:
    return (_("Yes") if value else _("No")) if isinstance(value, bool) else ""


def _day(value: Any) -> str:
    return spoken(text(value))


def _coding(value: Any) -> str:
    return concept({"coding": [value]}) if isinstance(value, Mapping) else ""


def _titled(value: Any) -> str:
    return text(value.get("title")) if isinstance(value, Mapping) else ""


def _display(value: Any) -> str:
    return text(value.get("display")) if isinstance(value, Mapping) else ""


_WORDS: dict[str, Callable[[Any], str]] = {
    **dict.fromkeys(("Quantity", "Age", "Duration", "Count", "Distance"), quantity),
    **dict.fromkeys(("Date", "DateTime", "Instant"), _day),
    **dict.fromkeys(("Integer", "Decimal", "PositiveInt", "UnsignedInt"), figure),
    "Range": span,
    "Ratio": ratio,
    "Money": money,
    "Period": period,
    "Timing": timing,
    "Boolean": _truth,
    "CodeableConcept": concept,
    "Coding": _coding,
    "Reference": _display,
    "Attachment": _titled,
    "HumanName": person_name,
}
