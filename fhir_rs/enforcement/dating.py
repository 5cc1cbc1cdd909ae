"""FHIR dates as ranges: what `2019-04` covers (R4 search 3.1.1.4.5); a record's clinical day."""

from __future__ import annotations

import calendar
import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple

_DATE = re.compile(
    r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2})"
    r"(?:T([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:\.([0-9]{1,9}))?)?(Z|[+-][0-9]{2}:[0-9]{2})?)?)?)?",
    re.ASCII,
)
# The moment a record is about, most telling first: when it happened, then when it was written.
_CLINICAL = [
    "effectiveDateTime",
    "effectivePeriod",
    "effectiveInstant",
    "performedDateTime",
    "performedPeriod",
    "occurrenceDateTime",
    "occurrencePeriod",
    "onsetDateTime",
    "onsetPeriod",
    "collectedDateTime",
    "started",
    "whenHandedOver",
    "whenPrepared",
    "authoredOn",
    "period",
    "servicedDate",
    "startDate",
    "billablePeriod",
    "recordedDate",
    "assertedDate",
    "dateAsserted",
    "date",
    "issued",
    "created",
    "dateTime",
    "sent",
    "authored",
    "recorded",
    "dateWritten",
    "receivedTime",
    "indexed",
]


class Span(NamedTuple):
    """A date or time of some precision: first and last second since 1970, both inclusive."""

    low: int
    high: int


def _seconds(moment: datetime) -> int:
    return int((moment - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds())


def span_of(text: str) -> Span:
    """The seconds that a FHIR date, dateTime or instant covers; raise ValueError for no date.

    A time without a zone is taken as UTC.

    >>> span_of("2019-04").high - span_of("2019-04").low == 30 * 86400 - 1
    True
    """
    match = _DATE.fullmatch(text)
    if match is None:
        raise ValueError("not a date")
    year, month, day, hour, minute, second, _, zone = match.groups()
    if hour is None:
        first = date(int(year), int(month or 1), int(day or 1))
        if day is not None:
            last = first
        elif month is not None:
            last = first.replace(day=calendar.monthrange(first.year, first.month)[1])
        else:
            last = first.replace(month=12, day=31)
        low = _seconds(datetime(first.year, first.month, first.day, tzinfo=UTC))
        high = _seconds(datetime(last.year, last.month, last.day, tzinfo=UTC)) + 86399
        return Span(low, high)
    # Second 60 is a leap second: the same moment for our purposes.
    whole = min(int(second or 0), 59)
    moment = datetime(int(year), int(month), int(day), int(hour), int(minute), whole, tzinfo=UTC)
    if zone not in (None, "Z"):
        offset = timedelta(hours=int(zone[1:3]), minutes=int(zone[4:6]))
        low = _seconds(moment) - int(offset.total_seconds()) * (1 if zone[0] == "+" else -1)
    else:
        low = _seconds(moment)
    return Span(low, low if second is not None else low + 59)


def clinical_date(resource: Mapping[str, Any]) -> str | None:
    """The day a record is about as it was written (`2019`, `2019-04` or `2019-04-02`), or None."""
    for name in _CLINICAL:
        value = resource.get(name)
        if isinstance(value, Mapping):
            value = value.get("start") or value.get("end")
        if isinstance(value, str) and _DATE.fullmatch(value):
            return value[:10]
    return None


def days_of(day: str | None) -> tuple[int | None, int | None]:
    """First and last day (proleptic ordinals) that a clinical date can mean.

    A limit on dates wants the whole range inside: what only may be inside stays outside.
    """
    if day is None:
        return None, None
    try:
        span = span_of(day)
    except ValueError:
        return None, None
    epoch = date(1970, 1, 1).toordinal()
    return epoch + span.low // 86400, epoch + span.high // 86400
