"""PURE: rows of what was observed: its value, the usual range, whether it stands out."""

from __future__ import annotations

from heart_reading.administration import Built, Known
from heart_reading.dates import spoken, when
from heart_reading.quantities import figure
from heart_reading.readings import DATES
from heart_reading.values import value_of
from heart_reading.words import Resource, concept, items, text
from heart_ui.words import gettext as _


def observed(r: Resource, known: Known) -> Built:
    date = when(r, *DATES)
    if r.get("resourceType") == "Specimen":
        collected = next(iter(items(r.get("collection"))), {})
        taken = when(collected, "collectedDateTime", "collectedPeriod")
        return (concept(r.get("type")) or _("Specimen"), "", "", spoken(taken)), taken, 0, None
    value = text(r.get("conclusion")) or value_of(r)
    return (concept(r.get("code")), value, usual(r), spoken(date)), date, 0, standing_out(r)


def standing_out(r: Resource) -> tuple[str, str] | None:
    """What the record itself says of a value that is not as usual."""
    flag = concept(r.get("interpretation"))
    return None if flag.lower() in ("", "normal", "n") else (flag, "warn")


def usual(r: Resource) -> str:
    """The range that the record gives with a value."""
    for given in items(r.get("referenceRange", [])):
        low = figure(given.get("low"))
        high = figure(given.get("high"))
        if text(given.get("text")):
            return text(given["text"])
        if low is not None and high is not None:
            return _("%(low)g to %(high)g", low=low, high=high)
        if high is not None:
            return _("under %(high)g", high=high)
        if low is not None:
            return _("over %(low)g", low=low)
    return ""
