"""PURE. Dates and times written out, in the zone of the portal: `25 May 2027`, `14:02 UTC`."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from heart_ui import dates


def day(moment: datetime | None, zone: ZoneInfo) -> str:
    """A date written out: `25 May 2027`."""
    if moment is None:
        return ""
    return dates.day(moment.astimezone(zone))


def clock(moment: datetime | None, zone: ZoneInfo, *, seconds: bool = False) -> str:
    """A time of day with its zone: `14:02 UTC`."""
    if moment is None:
        return ""
    local = moment.astimezone(zone)
    return f"{local:%H:%M:%S %Z}" if seconds else f"{local:%H:%M %Z}"


def plain_day(text: str | None) -> str:
    """A record's own date, which may be only a year or a month: `12 March 2025`, `2017`."""
    if not text:
        return ""
    for shape, length in (("%Y-%m-%d", 10), ("%Y-%m", 7), ("%Y", 4)):
        try:
            found = datetime.strptime(text[:length], shape)  # noqa: DTZ007 a day has no zone
        except ValueError:
            continue
        written = {10: dates.day, 7: dates.month}.get(length)
        return written(found) if written else f"{found:%Y}"
    return text


def moment(text: object) -> datetime | None:
    try:
        return datetime.fromisoformat(str(text))
    except ValueError:
        return None
