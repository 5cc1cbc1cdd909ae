"""PURE: the value of an observation in words; parts of a panel one after another."""

from __future__ import annotations

from typing import Any

from heart_reading.quantities import amount
from heart_reading.words import choice, concept, items
from heart_ui.words import gettext as _


def value_of(resource: Any) -> str:
    """The value of an observation in words; parts of a panel one after another."""
    quantity = resource.get("valueQuantity")
    if isinstance(quantity, dict):
        return amount(quantity)
    value = choice(resource, "value")
    if isinstance(value, dict):
        return concept(value) or amount(value)
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if value is not None:
        return str(value)
    parts = [
        f"{concept(part.get('code'))}: {value_of(part)}"
        for part in items(resource.get("component", []))
    ]
    return "; ".join(parts) or concept(resource.get("dataAbsentReason"))
