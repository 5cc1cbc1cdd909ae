"""PURE. Several looks: as visits, those that fit a filter, how many a week, by whom most."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date, timedelta

from patient_portal.policies.look import Look
from patient_portal.policies.outcomes import (
    OWN,
    PERSON,
)

WEEKS, MOST_WEEKS = 8, 13
"""Weeks of a picture: unless she picks days, and at most."""


def visits(looks: Iterable[Look]) -> list[Look]:
    """Calls close together by one person become one line; newest first."""
    done: list[Look] = []
    last: dict[tuple[str, str, str, str], int] = {}
    for look in sorted(looks, key=lambda one: one.at):
        place = last.get(look.line)
        if place is not None and look.joins(done[place]):
            done[place] = look.with_earlier(done[place])
        else:
            last[look.line] = len(done)
            done.append(look)
    return sorted(done, key=lambda one: one.until, reverse=True)


def chosen(
    looks: Iterable[Look],
    *,
    who: str = "",
    kind: str = "",
    outcome: str = "",
    since: date | None = None,
    until: date | None = None,
) -> list[Look]:
    """The looks that fit every filter; her own looks only when she asks for them."""
    return [
        look
        for look in looks
        if (not who or look.who == who)
        and (not kind or kind in look.kinds)
        and (look.outcome == outcome if outcome else look.outcome != OWN)
        and (since is None or look.at.date() >= since)
        and (until is None or look.at.date() <= until)
    ]


def with_call(looks: Iterable[Look], key: str) -> Look | None:
    """The visit in which this call was made, however many calls have joined it since."""
    return next((one for one in looks if any(call.key == key for call in one.each)), None)


def by_week(
    looks: Iterable[Look], today: date, weeks: int = 8, *, outcome: str = PERSON
) -> list[tuple[date, int]]:
    """How often this happened in each of the last weeks (their Mondays), oldest first."""
    monday = _monday(today)
    starts = [monday - timedelta(weeks=n) for n in reversed(range(weeks))]
    counts = Counter(_monday(look.at.date()) for look in looks if look.outcome == outcome)
    return [(start, counts[start]) for start in starts]


def weeks_between(since: date | None, until: date) -> int:
    """How many weeks a picture of these days shows: as many as fit on a phone, the newest."""
    if since is None or since > until:
        return WEEKS
    return min((_monday(until) - _monday(since)).days // 7 + 1, MOST_WEEKS)


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def most(looks: Iterable[Look]) -> tuple[str, int] | None:
    """Who looked most often."""
    counts = Counter(look.who for look in looks if look.outcome == PERSON and look.who)
    return counts.most_common(1)[0] if counts else None
