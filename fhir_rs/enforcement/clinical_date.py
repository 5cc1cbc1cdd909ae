"""The date a record is about, by what HL7 says of its members (R4 fivews; data/r4/dates.json)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from fhir_rs.enforcement.dating import fine_span_of, is_date, span_of
from fhir_rs.enforcement.tables import dates

BEFORE_ALL = -(2**62)
"""Where what has no date stands among the moments: at the beginning, as nothing comes before it."""


def clinical_text(resource: Mapping[str, Any]) -> str | None:
    """The date, dateTime or instant a record is about, as it was written, or None.

    Of a period it is the start, or the end where no start is known.
    """
    for name in dates().get(str(resource.get("resourceType")), ()):
        value = resource.get(name)
        if value is None:
            continue
        if isinstance(value, dict):
            value = value.get("start") or value.get("end")
        if is_date(value):
            return str(value)
    return None


def clinical_date(resource: Mapping[str, Any]) -> str | None:
    """The day a record is about as it was written (`2019`, `2019-04` or `2019-04-02`), or None."""
    written = clinical_text(resource)
    return None if written is None else written[:10]


def moment_of(resource: Mapping[str, Any]) -> int | None:
    """When a record's clinical date begins, in microseconds since 1970 (UTC); None without one.

    By it records are put in order: days as written do not tell which of two zones comes first.

    >>> moment_of({"resourceType": "Task", "authoredOn": "1970-01-01T01:00:00.25+01:00"})
    250000
    """
    written = clinical_text(resource)
    try:
        return None if written is None else fine_span_of(written).low
    except (ValueError, OverflowError):
        return None


def days_of(written: str | None) -> tuple[int | None, int | None]:
    """First and last day (proleptic ordinals) that a clinical date, as written, can mean.

    A limit on dates wants the whole range inside: what only may be inside stays outside. So a
    time counts for the day in its own zone and for the day in UTC, which may be the one before or
    after.
    """
    if written is None:
        return None, None
    try:
        span, local = span_of(written), span_of(written[:10])
    except (ValueError, OverflowError):
        return None, None
    epoch = date(1970, 1, 1).toordinal()
    low, high = min(span.low, local.low), max(span.high, local.high)
    return epoch + low // 86400, epoch + high // 86400
