"""A SearchQuery as SQL: what matches, how many, and page by page (R4 search 3.1.1)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Row, Select, and_, bindparam, func, or_, select

from fhir_rs.enforcement.query import SearchQuery
from fhir_rs.models.scope import Scope
from fhir_rs.models.search_conditions import meets, referred_to
from fhir_rs.models.searched_values import compare
from fhir_rs.models.visibility import RECORD_TYPES, RESOURCE, Condition, is_record

SHOWN: tuple[ColumnElement[Any], ...] = (
    RESOURCE.c.pk,
    RESOURCE.c.type,
    RESOURCE.c.id,
    RESOURCE.c.address,
    RESOURCE.c.kind,
    RESOURCE.c.labels,
    RESOURCE.c.body,
    RESOURCE.c.cuts,
    RESOURCE.c.contained,
    RESOURCE.c.writer,
    RESOURCE.c.own_labels,
    RESOURCE.c.own_security,
)


@dataclass(frozen=True, slots=True)
class Page:
    """Some matches, in order, and where the next page begins."""

    rows: Sequence[Row[Any]]
    after: tuple[list[Any], int] | None


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
    for moments in query.updated:
        conditions.append(or_(*(compare(value, c.updated, c.updated) for value in moments)))
    return and_(*conditions)


def everything(
    scope: Scope, types: Sequence[str] | None, kinds: Sequence[str] | None, since: int | None
) -> Condition:
    """The condition of `$everything`: all shown records, people and places apart."""
    c = RESOURCE.c
    conditions = [is_record(), scope.sees(frozenset(types) if types else RECORD_TYPES)]
    if types is not None:
        conditions.append(c.type.in_(types))
    if kinds is not None:
        conditions.append(c.kind.in_(kinds))
    if since is not None:
        conditions.append(c.updated >= since)
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
    condition: Condition,
    *,
    limit: int,
    sort: Sequence[tuple[str, bool]] = (),
    further: bool = False,
) -> Select[Any]:
    """One page of what meets `condition`; the filter comes before the cut.

    Parameters: `sort` names columns, the first first, and whether they descend. `further` pages
    begin behind the row whose sort keys and number are bound as `after_key_0`, ... and
    `after_row`. One row more than `limit` tells that there is another page.
    """
    keys = [RESOURCE.c[name].label(f"key_{place}") for place, (name, _) in enumerate(sort)]
    descending = [each for _, each in sort]
    found: Select[Any] = select(*SHOWN, *keys).where(condition)
    if further:
        found = found.where(_beyond([RESOURCE.c[name] for name, _ in sort], descending))
    order = _order([*keys, RESOURCE.c.pk], [*descending, is_backwards(sort)])
    return found.order_by(*order).limit(limit + 1)


def is_backwards(sort: Sequence[tuple[str, bool]]) -> bool:
    """What is equal in all that it is sorted by follows the last direction."""
    return bool(sort) and sort[-1][1]


def _order(
    keys: Sequence[ColumnElement[Any]], descending: Sequence[bool]
) -> list[ColumnElement[Any]]:
    pairs = zip(keys, descending, strict=True)
    return [key.desc() if down else key.asc() for key, down in pairs]


def _beyond(keys: Sequence[ColumnElement[Any]], descending: Sequence[bool]) -> Condition:
    """Rows behind the bound one: the first key that differs decides, at last the row number."""
    number, after_row = RESOURCE.c.pk, bindparam("after_row", 0, type_=BigInteger)
    backwards = bool(descending) and descending[-1]
    beyond: Condition = number < after_row if backwards else number > after_row
    for place in reversed(range(len(keys))):
        key = keys[place]
        after: ColumnElement[Any] = bindparam(f"after_key_{place}", None, type_=key.type)
        farther = key < after if descending[place] else key > after
        beyond = or_(farther, and_(key == after, beyond))
    return beyond


def as_page(rows: Sequence[Row[Any]], limit: int) -> Page:
    """Cut the row that only tells of another page."""
    if len(rows) <= limit:
        return Page(rows, None)
    last = rows[limit - 1]
    keys = [value for name, value in last._asdict().items() if name.startswith("key_")]
    return Page(rows[:limit], (keys, last.pk))
