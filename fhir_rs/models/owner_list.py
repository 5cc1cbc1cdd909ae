"""The owner's list of her record, the newest first: a kind, one resource, or what she looks for.

What she looks for is found by any name of a resource (`enforcement/looking_up.py`), so nothing is
cut before all of them were read.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, and_, func, or_, select

from fhir_rs.models.owner_view import COLUMNS
from fhir_rs.models.visibility import RESOURCE, Condition

After = tuple[int, int]
"""The moment and the number of the row behind which a page begins."""
Seek = Callable[[Sequence[Row[Any]]], dict[int, str]]
"""Tells by which name the rows that are looked for were found, by their keys."""


class Page(NamedTuple):
    """Some rows, how many there are in all, whether more follow, and by which name each was found.

    `found` is empty where nothing was looked for.
    """

    rows: list[Row[Any]]
    total: int
    more: bool
    found: dict[int, str]


def narrowed(condition: Condition, *, kind: str | None, at: str | None) -> Condition:
    """The owner's own filters: a kind, and one resource by its address."""
    if kind is not None:
        condition = and_(condition, RESOURCE.c.kind == kind)
    return condition if at is None else and_(condition, RESOURCE.c.address == at)


def page(connection: Connection, condition: Condition, *, limit: int, after: After | None) -> Page:
    """One page of what meets `condition`."""
    total = connection.execute(
        select(func.count()).select_from(RESOURCE).where(condition)
    ).scalar_one()
    beyond = condition if after is None else and_(condition, _behind(after))
    rows = list(connection.execute(_ordered(beyond).limit(limit + 1)).all())
    return Page(rows[:limit], total, len(rows) > limit, {})


def page_of_found(
    connection: Connection, condition: Condition, seek: Seek, *, limit: int, after: After | None
) -> Page:
    """One page of what meets `condition` and is found."""
    rows = list(connection.execute(_ordered(condition)).all())
    found = seek(rows)
    hits = [row for row in rows if row.pk in found]
    left = [row for row in hits if after is None or (row.moment, row.pk) < after]
    return Page(left[:limit], len(hits), len(left) > limit, found)


def _ordered(condition: Condition) -> Any:
    c = RESOURCE.c
    return select(*COLUMNS, c.moment).where(condition).order_by(c.moment.desc(), c.pk.desc())


def _behind(after: After) -> Condition:
    c, (moment, number) = RESOURCE.c, after
    return or_(c.moment < moment, and_(c.moment == moment, c.pk < number))
