"""PURE. Her records by year: how many of each kind when, and each day of one year."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from heart_uma.kinds import KINDS
from patient_portal.policies.row import Row

MOST_YEARS = 30
"""Columns of the drawing; what is older counts to the first."""


@dataclass(frozen=True, slots=True)
class Day:
    """What there is of one kind on one day."""

    date: str
    kind: str
    rows: tuple[Row, ...]


def year_of(row: Row) -> str:
    """The year of a record, empty where it has no date."""
    year = (row.date or "")[:4]
    return year if year.isdigit() and len(year) == 4 else ""


def years(rows: Iterable[Row]) -> list[tuple[str, int]]:
    """The years that have records, the newest first, each with their number."""
    found = Counter(filter(None, map(year_of, rows)))
    return sorted(found.items(), reverse=True)


def without_date(rows: Iterable[Row]) -> int:
    """How many records have no date, and so no place on a line of time."""
    return sum(not year_of(row) for row in rows)


def lanes(rows: Sequence[Row]) -> tuple[list[str], list[str], list[list[int]]]:
    """The kinds that have dated records, the years from the first to the last, and the numbers."""
    counted = Counter((row.kind, int(year_of(row))) for row in rows if year_of(row))
    if not counted:
        return [], [], []
    last = max(year for _kind, year in counted)
    first = max(min(year for _kind, year in counted), last - MOST_YEARS + 1)
    kinds = [key for key, _name in KINDS if any(kind == key for kind, _year in counted)]
    numbers = [
        [
            sum(n for (k, y), n in counted.items() if k == kind and max(y, first) == year)
            for year in range(first, last + 1)
        ]
        for kind in kinds
    ]
    return kinds, [str(year) for year in range(first, last + 1)], numbers


def days(rows: Iterable[Row], year: str) -> list[Day]:
    """The days of one year, the newest first, a line for each kind of each day."""
    order = [key for key, _name in KINDS]
    found: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        if year_of(row) == year:
            found.setdefault((row.date or "", row.kind), []).append(row)
    lines = [Day(date, kind, tuple(many)) for (date, kind), many in found.items()]
    lines.sort(key=lambda line: order.index(line.kind) if line.kind in order else len(order))
    return sorted(lines, key=lambda line: line.date, reverse=True)
