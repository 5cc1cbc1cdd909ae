"""A moment as members of JSON carry it: RFC 3339 in UTC, whole seconds."""

from __future__ import annotations

from datetime import UTC, datetime


def written(moment: datetime) -> str:
    """`moment` as text.

    >>> written(datetime(12, 1, 2, tzinfo=UTC))
    '0012-01-02T00:00:00Z'
    """
    # Not strftime: it writes the year 12 as "12", which nobody reads back.
    return moment.astimezone(UTC).replace(microsecond=0, tzinfo=None).isoformat() + "Z"


def print_moment(moment: datetime | None) -> str | None:
    """`moment` as text, None for none."""
    return None if moment is None else written(moment)


def print_seconds(seconds: int | None) -> str | None:
    """Stored seconds as text, None for none."""
    return None if seconds is None else written(datetime.fromtimestamp(seconds, UTC))


def parse_moment(value: str) -> datetime:
    """A moment with its offset, in UTC; ValueError for anything else."""
    moment = datetime.fromisoformat(value)
    if moment.tzinfo is None or "T" not in value:
        raise ValueError("a moment needs its offset from UTC")
    return moment.astimezone(UTC).replace(microsecond=0)
