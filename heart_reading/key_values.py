"""PURE: the latest of each value that stands first on a chart, with its unit, date and range."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from heart_reading.dates import spoken, when
from heart_reading.entry import Entry
from heart_reading.figure_words import WRONG
from heart_reading.key_codes import KEYS, MOST, PRESSURE
from heart_reading.observed_rows import standing_out, usual
from heart_reading.quantities import amount, figure
from heart_reading.readings import DATES, DIASTOLIC, SYSTOLIC
from heart_reading.words import Resource, codes, items, text
from heart_ui.words import gettext as _

_PLACE = {code: place for place, (_name, all_codes) in enumerate(KEYS) for code in all_codes}


@dataclass(frozen=True, slots=True)
class KeyValue:
    """`name` is the table's; `usual` the range that the record itself gives, if it does."""

    name: str
    value: str
    date: str
    usual: str
    tag: tuple[str, str] | None
    source: str


def key_values(entries: Iterable[Entry]) -> tuple[KeyValue, ...]:
    """At most `MOST`, in the order of the table."""
    latest: dict[int, tuple[str, KeyValue]] = {}
    for entry in entries:
        date = when(entry.resource, *DATES)
        if entry.type != "Observation" or entry.resource.get("status") in WRONG or not date:
            continue
        for place, holder, value in _found(entry.resource):
            if place not in latest or latest[place][0] < date:
                name, tag = _(KEYS[place][0]), standing_out(holder)
                one = KeyValue(name, value, spoken(date), usual(holder), tag, entry.source)
                latest[place] = date, one
    return tuple(one for _place, (_date, one) in sorted(latest.items()))[:MOST]


def _found(resource: Resource) -> Iterator[tuple[int, Resource, str]]:
    """The values of an observation, or of the parts of a panel, that are in the table."""
    for holder in (resource, *items(resource.get("component", []))):
        place = min((_PLACE[one] for one in codes(holder.get("code")) if one in _PLACE), default=-1)
        value = amount(holder.get("valueQuantity"))
        if place >= 0 and KEYS[place][0] == PRESSURE:
            value = _pressure(holder)
        if place >= 0 and value:
            yield place, holder, value


def _pressure(panel: Resource) -> str:
    """`134/85 mmHg`; nothing unless both numbers are there."""
    parts: dict[str, Any] = {
        code: part.get("valueQuantity")
        for part in items(panel.get("component", []))
        for code in codes(part.get("code"))
    }
    top, bottom = figure(parts.get(SYSTOLIC)), figure(parts.get(DIASTOLIC))
    if top is None or bottom is None:
        return ""
    unit = parts[SYSTOLIC]
    return f"{top:g}/{bottom:g} {text(unit.get('unit')) or text(unit.get('code'))}".strip()
