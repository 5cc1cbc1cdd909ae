"""PURE: the numbers of one observation: what was measured, how much, when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from heart_reading.dates import day, when
from heart_reading.entry import Entry
from heart_reading.quantities import number
from heart_reading.words import codes, concept, items, text
from heart_ui.words import N_
from heart_ui.words import gettext as _

DATES = ("effectiveDateTime", "effectivePeriod", "effectiveInstant", "issued")
SYSTOLIC, DIASTOLIC = "8480-6", "8462-4"


_SHORT = {
    SYSTOLIC: N_("Systolic"),
    DIASTOLIC: N_("Diastolic"),
    "4548-4": "HbA1c",
    "29463-7": N_("Weight"),
    "8867-4": N_("Pulse"),
}


@dataclass(frozen=True, slots=True)
class Reading:
    entry: Entry
    date: str
    values: tuple[tuple[str, str, float, str], ...]
    """(code, name, value, unit) for each number of the observation."""


def measured(holder: Any) -> tuple[str, str, float, str] | None:
    quantity = holder.get("valueQuantity")
    value = number(quantity.get("value")) if isinstance(quantity, dict) else None
    if value is None:
        return None
    found = codes(holder.get("code"))
    code = next((c for c in found if c in _SHORT), next(iter(sorted(found)), ""))
    name = _(_SHORT.get(code, "")) or concept(holder.get("code"))
    return code or name, name, value, text(quantity.get("unit")) or text(quantity.get("code"))


def reading_of(entry: Entry) -> Reading | None:
    resource = entry.resource
    date_text = when(resource, *DATES)
    parts = [measured(resource)] + [measured(c) for c in items(resource.get("component", []))]
    values = tuple(part for part in parts if part is not None)
    if not values or day(date_text) is None:
        return None
    return Reading(entry, date_text, values)


def day_of(reading: Reading) -> date:
    return day(reading.date) or date.min
