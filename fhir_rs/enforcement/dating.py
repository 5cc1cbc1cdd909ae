"""FHIR dates as ranges: what `2019-04` covers (R4 search 3.1.1.4.5)."""

from __future__ import annotations

import calendar
import re
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import NamedTuple

_DATE = re.compile(
    r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2})"
    r"(?:T([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:\.([0-9]+))?)?(Z|[+-][0-9]{2}:[0-9]{2})?)?)?)?",
    re.ASCII,
)
_MOST = 64
"""More characters than any instant needs, whatever the digits of its fraction (R4 dateTime)."""
_FARTHEST = 14 * 60
"""Minutes from UTC of the zone farthest away (R4 dateTime)."""


class Span(NamedTuple):
    """A date or time of some precision: first and last second since 1970, both inclusive."""

    low: int
    high: int


def is_date(text: object) -> bool:
    """True for what is written as a FHIR date, dateTime or instant, whether there is such a day."""
    return isinstance(text, str) and len(text) <= _MOST and _DATE.fullmatch(text) is not None


def _seconds(moment: datetime) -> int:
    return int((moment - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds())


@lru_cache(maxsize=4096)  # A record names the same few days again and again.
def span_of(text: str) -> Span:
    """The seconds that a FHIR date, dateTime or instant covers; raise ValueError for no date.

    A time without a zone is taken as UTC.

    >>> span_of("2019-04").high - span_of("2019-04").low == 30 * 86400 - 1
    True
    """
    match = _DATE.fullmatch(text) if len(text) <= _MOST else None
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
    low = _seconds(moment) - _minutes_east(zone) * 60
    return Span(low, low if second is not None else low + 59)


def _minutes_east(zone: str | None) -> int:
    if zone in (None, "Z"):
        return 0
    minutes = int(zone[1:3]) * 60 + int(zone[4:6])
    if minutes > _FARTHEST or int(zone[4:6]) > 59:
        raise ValueError("not a time zone")
    return minutes if zone[0] == "+" else -minutes


def fine_span_of(text: str) -> Span:
    """As `span_of`, in microseconds: a fraction of a second covers what its digits leave open."""
    span, match = span_of(text), _DATE.fullmatch(text)
    digits = match[7] if match is not None else None
    if not digits:
        return Span(span.low * 1_000_000, span.high * 1_000_000 + 999_999)
    low = span.low * 1_000_000 + int(digits[:6].ljust(6, "0"))
    return Span(low, low + 10 ** (6 - min(len(digits), 6)) - 1)
