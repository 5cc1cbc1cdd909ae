"""The value of a search parameter, by its type: escapes, prefixes, tokens (R4 search)."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from fhir_rs.enforcement.dating import Span, span_of
from fhir_rs.enforcement.folding import folded
from fhir_rs.enforcement.references import is_address, key_of_literal
from fhir_rs.enforcement.search_parameters import (
    DATE,
    REFERENCE,
    STRING,
    URI,
    Parameter,
)

MAX_VALUES = 200
"""Alternatives of one parameter, separated by commas."""
MAX_ALTERNATIVE = 1000
"""Characters of one alternative."""
PREFIXES = ("eq", "ne", "gt", "lt", "ge", "le", "sa", "eb")
ID = re.compile(r"[A-Za-z0-9.\-]{1,64}", re.ASCII)


class QueryError(ValueError):
    """The request asks for something this server does not offer; the text is safe to send."""


@dataclass(frozen=True, slots=True)
class Value:
    """One alternative of a criterion, by parameter type: token, reference, string or date.

    `targets` are the keys (`references.py`) of what a reference may name.
    """

    text: str = ""
    system: str | None = None
    prefix: str = "eq"
    span: Span | None = None
    targets: tuple[str, ...] = ()


_UNESCAPED_COMMA = re.compile(r"(?<!\\),")


def alternatives_of(value: str) -> list[str]:
    """The alternatives of a value, at least one and none of them empty; raise QueryError."""
    alternatives = _UNESCAPED_COMMA.split(value)
    if len(alternatives) > MAX_VALUES:
        raise QueryError(f"there are more than {MAX_VALUES} alternatives")
    if "" in alternatives:
        # An empty string begins every other, so it would match whatever there is.
        raise QueryError("there is no value, or an empty one among several")
    if max(map(len, alternatives)) > MAX_ALTERNATIVE:
        raise QueryError(f"a value has more than {MAX_ALTERNATIVE} characters")
    return alternatives


def values_of(
    parameter: Parameter, value: str, modifier: str, bases: Sequence[str]
) -> tuple[Value, ...]:
    """The alternatives of one search parameter; raise QueryError.

    Parameters: `modifier` is the type that `:Type` names, or ""; `bases` as `key_of_literal` takes
    them.
    """
    alternatives = alternatives_of(value)
    if parameter.type == DATE:
        return tuple(date_of(text) for text in alternatives)
    if parameter.type == REFERENCE:
        return tuple(_reference(parameter, text, modifier, bases) for text in alternatives)
    if parameter.type == STRING:
        return tuple(Value(_searched(_plain(text))) for text in alternatives)
    if parameter.type == URI:
        return tuple(Value(_plain(text)) for text in alternatives)
    return tuple(_token(text) for text in alternatives)


def _searched(text: str) -> str:
    # Of marks that are left out in a comparison nothing may be left, and that begins everything.
    found = folded(text)
    if not found.strip():
        raise QueryError("there is nothing to compare with")
    return found


def _plain(text: str) -> str:
    return re.sub(r"\\([,$|\\])", r"\1", text)


def _token(text: str) -> Value:
    parts = re.split(r"(?<!\\)\|", text)
    if len(parts) > 2:
        raise QueryError("a token is code or system|code")
    if len(parts) == 1:
        return Value(_plain(text))
    if parts == ["", ""]:
        raise QueryError("a token needs a code or a system")
    return Value(_plain(parts[1]), system=_plain(parts[0]))


def date_of(text: str, covered: Callable[[str], Span] = span_of) -> Value:
    """A date with its prefix; `covered` says what it covers, in the unit it is compared in."""
    prefix, rest = (text[:2], text[2:]) if text[:2] in PREFIXES else ("eq", text)
    try:
        return Value(text, prefix=prefix, span=covered(rest.replace(" ", "+")))
    except (ValueError, OverflowError) as error:
        raise QueryError("a date must be like ge2024-05-01") from error


def _reference(parameter: Parameter, text: str, modifier: str, bases: Sequence[str]) -> Value:
    text = _plain(text)
    key = key_of_literal(text, bases)
    if is_address(key):
        # Another type than the modifier says is nothing that is asked for.
        return Value(text, targets=(key,) if modifier in ("", key.partition("/")[0]) else ())
    named = _id_of(key, text)
    if named is None:
        return Value(text, targets=() if modifier or key.startswith("#") else (key,))
    types = (modifier,) if modifier else parameter.targets
    return Value(text, targets=(key, *(f"{type_}/{named}" for type_ in types)))


def _id_of(key: str, text: str) -> str | None:
    """The id that a bare or a `urn:uuid:` reference names, as it was written."""
    if key.startswith("/"):
        return key[1:]
    if key.startswith(("urn:uuid:", "urn:oid:")):
        id_ = text.strip().rpartition(":")[2]
        return id_ if ID.fullmatch(id_) else None
    return None
