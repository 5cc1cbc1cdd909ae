"""What of a resource can be searched: its rows for the search index (R4 search 3.1.1.4)."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from fhir_rs.enforcement.dating import Span, span_of
from fhir_rs.enforcement.paths import is_there, values_at
from fhir_rs.enforcement.references import MAX_PART
from fhir_rs.enforcement.search_parameters import (
    DATE,
    REFERENCE,
    STRING,
    TOKEN,
    URI,
    Parameter,
    parameters_of,
)

MAX_VALUE = MAX_PART
# By its identifiers a resource is known to references, whether R4 searches them or not.
_IDENTIFIER = Parameter("identifier", TOKEN, ("identifier",))
FOREVER = 253402300799
"""The last second of the year 9999: the end of a period that is still open."""


class IndexRow(NamedTuple):
    """One searchable value: text values in `system` and `value`, dates in `low` and `high`."""

    param: str
    system: str
    value: str
    low: int | None = None
    high: int | None = None


def folded(text: str) -> str:
    """Text as strings are compared: without case and accents (R4 search, string)."""
    plain = unicodedata.normalize("NFKD", text)
    return "".join(c for c in plain if not unicodedata.combining(c)).casefold()[:MAX_VALUE]


def _tokens(value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, bool):
        yield "", "true" if value else "false"
    elif isinstance(value, str):
        yield "", value
    elif isinstance(value, dict):
        if isinstance(value.get("coding"), list):
            for coding in value["coding"]:
                yield from _tokens(coding)
        else:
            code = value.get("code", value.get("value"))
            if isinstance(code, str):
                yield str(value.get("system") or ""), code


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield folded(value)
    elif isinstance(value, dict):
        for name, part in value.items():
            if name not in ("use", "type", "period", "extension", "id"):
                for item in part if isinstance(part, list) else (part,):
                    if isinstance(item, str):
                        yield folded(item)


def _addresses(value: Any) -> Iterator[str]:
    """An address, and of one with a version that without: it is searched either way."""
    if isinstance(value, str) and len(value) <= MAX_VALUE:
        yield value
        if "|" in value:
            yield value.partition("|")[0]


def _span(value: Any) -> Span | None:
    try:
        if isinstance(value, str):
            return span_of(value)
        if isinstance(value, dict) and ("start" in value or "end" in value):
            low = span_of(value["start"]).low if "start" in value else -FOREVER
            return Span(low, span_of(value["end"]).high if "end" in value else FOREVER)
    except (ValueError, TypeError, OverflowError):
        return None
    return None


def _rows(parameter: Parameter, value: Any) -> Iterator[IndexRow]:
    if parameter.type == DATE:
        span = _span(value)
        if span is not None:
            yield IndexRow(parameter.name, "", "", span.low, span.high)
    elif parameter.type == STRING:
        for text in _strings(value):
            yield IndexRow(parameter.name, "", text)
    elif parameter.type == URI:
        for address in _addresses(value):
            yield IndexRow(parameter.name, "", address)
    else:
        for system, code in _tokens(value):
            yield IndexRow(parameter.name, system[:MAX_VALUE], code[:MAX_VALUE])


def index_rows(resource: Mapping[str, Any]) -> set[IndexRow]:
    """The token, string, address and date rows of `resource`."""
    rows: set[IndexRow] = set()
    parameters = parameters_of(str(resource.get("resourceType")))
    for parameter in {"identifier": _IDENTIFIER, **parameters}.values():
        there = is_there(resource, parameter.paths)
        if there is not None:
            rows.update(_rows(parameter, there))
        elif parameter.type != REFERENCE:
            for path in parameter.paths:
                for value in values_at(resource, path):
                    rows.update(_rows(parameter, value))
    return rows


def searched_references(resource: Mapping[str, Any]) -> dict[int, list[str]]:
    """The search parameters that look at each Reference element, by the element's `id()`.

    The elements are those of `resource` itself, so that a walk over the same resource knows them.
    """
    found: dict[int, list[str]] = {}
    for parameter in parameters_of(str(resource.get("resourceType"))).values():
        if parameter.type == REFERENCE:
            for path in parameter.paths:
                for value in values_at(resource, path):
                    if isinstance(value, dict):
                        found.setdefault(id(value), []).append(parameter.name)
    return found
