"""26 weeks of home readings: blood pressure, weight, pulse, fasting glucose (104 Observations)."""

import math
from typing import Any

from demo.records.calendar import StoryCalendar
from demo.records.elements import (
    HOME,
    LOINC,
    Element,
    Record,
    coding,
    concept,
    hl7,
    quantity,
    resource,
)
from demo.records.patients import subject

WEEKS = 26
_FIRST = "2025-05-05"
_PRESSURE = coding(LOINC, "85354-9", "Blood pressure panel with all children optional")
_SYSTOLIC = coding(LOINC, "8480-6", "Systolic blood pressure")
_DIASTOLIC = coding(LOINC, "8462-4", "Diastolic blood pressure")
_WEIGHT = coding(LOINC, "29463-7", "Body weight")
_PULSE = coding(LOINC, "8867-4", "Heart rate")
_GLUCOSE = coding(LOINC, "1556-0", "Fasting glucose [Mass/volume] in Capillary blood")
_VITAL_SIGNS = hl7("observation-category", "vital-signs", "Vital Signs")


def vitals(calendar: StoryCalendar) -> list[Record]:
    found: list[Record] = []
    for week, day in enumerate(calendar.weekly(_FIRST, WEEKS)):
        found += _readings(week, calendar.moment(day, "07:10:00"))
    return found


def _readings(week: int, when: str) -> list[Record]:
    weight = round(92.4 - 0.14 * week, 1)
    pulse = 72 + round(5 * math.sin(week))
    glucose = round(146 - 1.1 * week + 6 * math.sin(week))
    measured = (
        (f"Weight {weight} kg", "Weight", _WEIGHT, quantity(weight, "kg")),
        (f"Pulse {pulse}", "Pulse", _PULSE, quantity(pulse, "beats/minute", "/min")),
        (f"Fasting glucose {glucose}", "Fasting glucose", _GLUCOSE, quantity(glucose, "mg/dL")),
    )
    return [
        _pressure(week, when),
        *(_reading(n, week, when, text, code, valueQuantity=q) for n, text, code, q in measured),
    ]


def _pressure(week: int, when: str) -> Record:
    systolic = round(148 - 0.72 * week + 4 * math.sin(week * 1.3))
    diastolic = round(93 - 0.42 * week + 3 * math.sin(week * 1.1))
    parts = [
        {"code": concept("Systolic", _SYSTOLIC), "valueQuantity": _mmhg(systolic)},
        {"code": concept("Diastolic", _DIASTOLIC), "valueQuantity": _mmhg(diastolic)},
    ]
    name = f"Blood pressure {systolic}/{diastolic}"
    return _reading(name, week, when, "Blood pressure", _PRESSURE, component=parts)


def _mmhg(value: int) -> Element:
    return quantity(value, "mmHg", "mm[Hg]")


def _reading(name: str, week: int, when: str, text: str, code: Element, **elements: Any) -> Record:
    observation = resource(
        HOME,
        "Observation",
        f"{text} week {week + 1}",
        status="final",
        category=[_VITAL_SIGNS],
        code=concept(text, code),
        subject=subject(HOME),
        effectiveDateTime=when,
        performer=[subject(HOME)],
        **elements,
    )
    return Record(name, "vitals", HOME, observation)
