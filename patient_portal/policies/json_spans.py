"""PURE. Where the parts of a JSON text stand, so that a part is copied byte for byte."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

_SPACE = re.compile(r"[ \t\n\r]*")
_DECODER = json.JSONDecoder()
Span = tuple[int, int]


def members(text: str, start: int = 0) -> Iterator[tuple[str, Span]]:
    """The members of the object that begins here, each with where its value stands.

    >>> text = '{"a": [1, 2], "b": {}}'
    >>> [(name, text[begin:end]) for name, (begin, end) in members(text)]
    [('a', '[1, 2]'), ('b', '{}')]
    """
    at = _opened(text, start, "{", "}")
    while at:
        name, after = _DECODER.raw_decode(text, at)
        begin = _skip(text, _expected(text, _skip(text, after), ":"))
        _value, end = _DECODER.raw_decode(text, begin)
        yield name, (begin, end)
        at = _next(text, end, "}")


def elements(text: str, start: int) -> Iterator[Span]:
    """Where each element of the array that begins here stands."""
    at = _opened(text, start, "[", "]")
    while at:
        _value, end = _DECODER.raw_decode(text, at)
        yield at, end
        at = _next(text, end, "]")


def _skip(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at


def _expected(text: str, at: int, sign: str) -> int:
    if text[at : at + 1] != sign:
        raise ValueError(f"no {sign} where one has to be")
    return at + 1


def _opened(text: str, start: int, opening: str, closing: str) -> int:
    """Where the first part begins; 0 where there is none."""
    at = _skip(text, _expected(text, _skip(text, start), opening))
    return 0 if text[at : at + 1] == closing else at


def _next(text: str, end: int, closing: str) -> int:
    """Where the next part begins; 0 behind the last one."""
    at = _skip(text, end)
    return 0 if text[at : at + 1] == closing else _skip(text, _expected(text, at, ","))
