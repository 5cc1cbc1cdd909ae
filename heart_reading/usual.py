"""PURE: the usual range of a value, as the laboratory gave it (Observation.referenceRange)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from heart_reading.measures import between, span
from heart_reading.quantities import figure
from heart_reading.words import Resource, codes, concept, concepts, items, text

_NOT_USUAL = frozenset({"treatment", "therapeutic", "pre", "post", "target", "recommended"})


@dataclass(frozen=True, slots=True)
class Usual:
    """One range: its `words`, for whom it is, and its ends with their unit."""

    words: str
    whom: str
    low: float | None
    high: float | None
    unit: str

    def is_of(self, value: Any) -> bool:
        """True where a Quantity can be compared with it: the same unit, or none beside it."""
        unit = text(value.get("unit")) or text(value.get("code"))
        return self.unit in ("", unit, text(value.get("code")))


def ranges(holder: Resource) -> list[Usual]:
    """Every range that is given as usual; a goal of a treatment is none."""
    found = []
    for given in items(holder.get("referenceRange")):
        if codes(given.get("type")) & _NOT_USUAL:
            continue
        low, high = given.get("low"), given.get("high")
        words = between(low, high) or text(given.get("text"))
        whom = ", ".join(filter(None, (concepts(given.get("appliesTo")), span(given.get("age")))))
        kind = concept(given.get("type")) if codes(given.get("type")) - {"normal"} else ""
        if words:
            whom = ", ".join(filter(None, (kind, whom)))
            found.append(Usual(words, whom, figure(low), figure(high), _unit(low) or _unit(high)))
    return found


def usual_words(holder: Resource) -> str:
    """The ranges in one line, each with those it is for; empty without any."""
    said = [f"{one.whom}: {one.words}" if one.whom else one.words for one in ranges(holder)]
    return "; ".join(said)


def _unit(value: Any) -> str:
    return text(value.get("unit")) or text(value.get("code")) if isinstance(value, Mapping) else ""
