"""One value as rows of the search index, by the type of its parameter (R4 search 3.1.1.4)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from fhir_rs.enforcement.dating import Span, span_of
from fhir_rs.enforcement.folding import MAX_VALUE, folded
from fhir_rs.enforcement.path_tree import Looks
from fhir_rs.enforcement.search_parameters import DATE, STRING, URI

FOREVER = 253402300799
"""The last second of the year 9999: the end of a period that is still open."""


class IndexRow(NamedTuple):
    """One searchable value: text values in `system` and `value`, dates in `low` and `high`."""

    param: str
    system: str
    value: str
    low: int | None = None
    high: int | None = None


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


def rows_of(parameter: Looks, value: Any) -> Iterator[IndexRow]:
    """The rows of one value that a parameter looks at."""
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
