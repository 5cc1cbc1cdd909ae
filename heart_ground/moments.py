"""What time it is: a clock that is given, one moment a request, and how moments are written.

Tables keep whole seconds since 1970 (microseconds where an order matters), headers carry HTTP
dates. Only an app's own clock is asked; this is where the real one is.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import format_datetime

from flask import has_request_context, request

Clock = Callable[[], datetime]
_KEPT = "heart_ground.moment"


def utc_now() -> datetime:
    """The wall clock; tests give their own."""
    return datetime.now(UTC)


def of_request(clock: Clock) -> datetime:
    """When this request happens: `clock` is read once, and no part of it is later than another.

    Outside a request the clock itself.
    """
    if not has_request_context():
        return clock()
    kept: datetime | None = request.environ.get(_KEPT)
    if kept is None:
        kept = request.environ[_KEPT] = clock()
    return kept


def seconds(moment: datetime) -> int:
    """Whole seconds since 1970."""
    return int(moment.timestamp())


def microseconds(moment: datetime) -> int:
    """Microseconds since 1970."""
    return int(moment.timestamp() * 1_000_000)


def http_date(moment: datetime) -> str:
    """`moment` as headers carry it (RFC 9110 5.6.7)."""
    return format_datetime(moment.astimezone(UTC), usegmt=True)
