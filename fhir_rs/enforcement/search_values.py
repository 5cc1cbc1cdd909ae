"""The value of a search parameter, by its type: escapes, prefixes, tokens (R4 search)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from fhir_rs.enforcement.dating import Span, span_of
from fhir_rs.enforcement.indexing import folded
from fhir_rs.enforcement.resource_types import RESOURCE_TYPES
from fhir_rs.enforcement.search_parameters import (
    DATE,
    REFERENCE,
    STRING,
    Parameter,
    targets_of,
)

MAX_VALUES = 50
PREFIXES = ("eq", "ne", "gt", "lt", "ge", "le", "sa", "eb")
ID = re.compile(r"[A-Za-z0-9.\-]{1,64}", re.ASCII)


class QueryError(ValueError):
    """The request asks for something this server does not offer; the text is safe to send."""


@dataclass(frozen=True, slots=True)
class Value:
    """One alternative of a criterion, by parameter type: token, reference, string or date."""

    text: str = ""
    system: str | None = None
    prefix: str = "eq"
    span: Span | None = None
    targets: tuple[str, ...] = ()


_UNESCAPED_COMMA = re.compile(r"(?<!\\),")


def values_of(parameter: Parameter, value: str, modifier: str, base: str) -> tuple[Value, ...]:
    alternatives = _UNESCAPED_COMMA.split(value)
    if len(alternatives) > MAX_VALUES:
        raise QueryError("too many alternatives in one search parameter")
    if not value:
        raise QueryError(f"the search parameter {parameter.name!r} has no value")
    if parameter.type == DATE:
        return tuple(date_of(text) for text in alternatives)
    if parameter.type == REFERENCE:
        return tuple(_reference(parameter, text, modifier, base) for text in alternatives)
    if parameter.type == STRING:
        return tuple(Value(folded(_plain(text))) for text in alternatives)
    return tuple(_token(text) for text in alternatives)


def _plain(text: str) -> str:
    return re.sub(r"\\([,$|\\])", r"\1", text)


def _token(text: str) -> Value:
    parts = re.split(r"(?<!\\)\|", text)
    if len(parts) > 2:
        raise QueryError("a token is code or system|code")
    if len(parts) == 1:
        return Value(_plain(text))
    return Value(_plain(parts[1]), system=_plain(parts[0]))


def date_of(text: str) -> Value:
    prefix, rest = (text[:2], text[2:]) if text[:2] in PREFIXES else ("eq", text)
    try:
        return Value(text, prefix=prefix, span=span_of(rest.replace(" ", "+")))
    except (ValueError, OverflowError) as error:
        raise QueryError("a date must be like ge2024-05-01") from error


def _reference(parameter: Parameter, text: str, modifier: str, base: str) -> Value:
    text = _plain(text)
    local = text.removeprefix(f"{base}/") if base else text
    type_, slash, id_ = local.partition("/")
    if slash:
        # Another base, or another type than the modifier says, is nothing of this record.
        fits = type_ in RESOURCE_TYPES and ID.fullmatch(id_) and modifier in ("", type_)
        return Value(text, targets=(local,) if fits else ())
    if not ID.fullmatch(text):
        return Value(text)
    types = (modifier,) if modifier else targets_of(parameter.name) or sorted(RESOURCE_TYPES)
    return Value(text, targets=tuple(f"{name}/{text}" for name in types))
