"""PURE: periods in words: `3 May 2024 to 5 May 2024`, `since 2019` (FHIR R4 Period)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from heart_reading.dates import spoken
from heart_reading.words import text
from heart_ui.words import gettext as _

_CLOCK = re.compile(r"T(\d\d:\d\d)")


def moment(value: Any) -> str:
    """A date, with its time of day where one is given.

    >>> moment("2024-05-03T09:30:00Z"), moment("2024"), moment(7)
    ('3 May 2024, 09:30', '2024', '')
    """
    written = text(value)
    day, clock = spoken(written), _CLOCK.search(written)
    return f"{day}, {clock[1]}" if day and clock and clock[1] != "00:00" else day


def period(value: Any) -> str:
    """A Period in words; one day where it begins and ends on it.

    >>> period({"start": "2024-05-03T09:00:00Z", "end": "2024-05-03T10:00:00Z"})
    '3 May 2024'
    """
    if not isinstance(value, Mapping):
        return ""
    start, end = spoken(text(value.get("start"))), spoken(text(value.get("end")))
    if start and end:
        return start if start == end else _("%(start)s to %(end)s", start=start, end=end)
    if start:
        return _("since %(start)s", start=start)
    return _("until %(end)s", end=end) if end else ""
