"""A SearchQuery as SQL: what matches, how many, and page by page (FH-34, FS-29, FS-30)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, bindparam, func, or_, select

from fhir_rs.enforcement.query import SearchQuery
from fhir_rs.models.criteria import Scope, compare, meets, referred_to
from fhir_rs.models.visibility import RESOURCE, Condition, is_record

SHOWN: tuple[ColumnElement[Any], ...] = (
    RESOURCE.c.pk,
    RESOURCE.c.type,
    RESOURCE.c.id,
    RESOURCE.c.address,
    RESOURCE.c.kind,
    RESOURCE.c.labels,
    RESOURCE.c.body,
)
_MICROSECONDS = 1_000_000


@dataclass(frozen=True, slots=True)
class Page:
    """Some matches, in order, and where the next page begins."""

    rows: Sequence[Row[Any]]
    after: tuple[Any, int] | None


def matches(scope: Scope, query: SearchQuery) -> Condition:
    """The condition of a whole search."""
    c = RESOURCE.c
    conditions: list[Condition] = [
        c.type == query.type,
        scope.sees(frozenset({query.type})),
        *(meets(scope, criterion, RESOURCE) for criterion in query.criteria),
        *(referred_to(scope, has) for has in query.has),
        *(c.id.in_(ids) for ids in query.ids),
    ]
    if query.kinds is not None:
        conditions.append(c.kind.in_(sorted(query.kinds)))
    for value in query.updated:
        seconds = c.updated // _MICROSECONDS
        conditions.append(compare(value, seconds, seconds))
    return and_(*conditions)


def everything(
    scope: Scope, types: Sequence[str] | None, kinds: Sequence[str] | None, since: int | None
) -> Condition:
    """The condition of `$everything`: all shown records, people and places apart."""
    c = RESOURCE.c
    conditions = [is_record(), scope.sees(frozenset(types) if types else frozenset({"Patient"}))]
    if types is not None:
        conditions.append(c.type.in_(types))
    if kinds is not None:
        conditions.append(c.kind.in_(kinds))
    if since is not None:
        conditions.append(c.updated >= since * _MICROSECONDS)
    return and_(*conditions)


def count_of(condition: Condition) -> Select[Any]:
    """How many resources meet `condition`."""
    return select(func.count()).select_from(RESOURCE).where(condition)


def counted_of(condition: Condition) -> Select[Any]:
    """How many resources of each kind meet `condition`."""
    kind = RESOURCE.c.kind
    found = func.count().label("found")
    return select(kind, found).select_from(RESOURCE).where(condition).group_by(kind)


def page_of(
    condition: Condition, *, limit: int, sort: tuple[str, bool] | None = None, further: bool = False
) -> Select[Any]:
    """One page of what meets `condition`; the filter comes before the cut (FS-30).

    `further` pages begin behind the row whose sort key and number are bound as `after_key` and
    `after_row`. One row more than `limit` tells that there is another page.
    """
    name, descending = sort or ("pk", False)
    key: ColumnElement[Any] = RESOURCE.c[name]
    if name == "date":
        key = func.coalesce(key, "")
    found: Select[Any] = select(RESOURCE.c.pk, key.label("key")).where(condition)
    if further:
        after: ColumnElement[Any] = bindparam("after_key", None, type_=RESOURCE.c[name].type)
        beyond = key < after if descending else key > after
        tie = and_(key == after, RESOURCE.c.pk > bindparam("after_row", 0))
        found = found.where(or_(beyond, tie))
    order = key.desc() if descending else key.asc()
    page = found.order_by(order, RESOURCE.c.pk).limit(limit + 1).subquery("page")
    # Sorted by what the index holds; then the bodies of one page are read, and no others.
    order = page.c.key.desc() if descending else page.c.key.asc()
    return (
        select(*SHOWN, page.c.key)
        .join_from(page, RESOURCE, RESOURCE.c.pk == page.c.pk)
        .order_by(order, page.c.pk)
    )


def as_page(rows: Sequence[Row[Any]], limit: int) -> Page:
    """Cut the row that only tells of another page."""
    if len(rows) <= limit:
        return Page(rows, None)
    last = rows[limit - 1]
    return Page(rows[:limit], (last.key, last.pk))
