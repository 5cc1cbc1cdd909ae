"""A searched value as SQL, against the rows of the search index (R4 search 3.1.1.4)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, FromClause, and_, literal, or_

from fhir_rs.db import Table
from fhir_rs.enforcement.search_parameters import DATE, STRING
from fhir_rs.enforcement.search_values import Value
from fhir_rs.models.search_index import SearchIndex
from fhir_rs.models.sight import Condition

INDEX: FromClause = Table.metadata.tables[str(SearchIndex.__tablename__)]


def is_value(type_: str, value: Value) -> Condition:
    """A row of the index is what `value` asks for; `type_` is that of the parameter."""
    if type_ == DATE:
        return compare(value, INDEX.c.low, INDEX.c.high)
    if type_ == STRING:
        return INDEX.c.value.startswith(value.text, autoescape=True)
    if value.system is None:
        return INDEX.c.value == value.text
    if not value.text:
        return INDEX.c.system == value.system
    return and_(INDEX.c.system == value.system, INDEX.c.value == value.text)


def compare(value: Value, low: ColumnElement[Any], high: ColumnElement[Any]) -> Condition:
    """From `low` to `high` stands to `value` as its prefix says (R4 search, date)."""
    assert value.span is not None  # noqa: S101
    first, last = literal(value.span.low), literal(value.span.high)
    match value.prefix:
        case "ne":
            return or_(low < first, high > last)
        case "gt":
            return high > last
        case "lt":
            return low < first
        case "ge":
            return high >= first
        case "le":
            return low <= last
        case "sa":
            return low > last
        case "eb":
            return high < first
        case _:
            return and_(low >= first, high <= last)
