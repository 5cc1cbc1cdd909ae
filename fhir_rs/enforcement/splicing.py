"""Byte-preserving edits of a JSON object: the client's text stays as sent.

Only `id` and `meta` are set, so `1.50` stays `1.50` and the order of members stays.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

_BLANK = frozenset(" \t\n\r")
_SPACE = re.compile(r"[ \t\n\r]*")
_scan: Callable[[str, int], tuple[Any, int]] = vars(json.JSONDecoder())["scan_once"]
_scan_string: Callable[[str, int, bool], tuple[str, int]] = vars(json.decoder)["scanstring"]


class Member(NamedTuple):
    """One member of an object: where it and its value start, where it ends, and the value."""

    name: str
    start: int
    value_start: int
    end: int
    value: Any


def _skip(text: str, at: int) -> int:
    if text[at : at + 1] not in _BLANK:
        return at
    match = _SPACE.match(text, at)
    return match.end() if match else at


def members(text: str, at: int = 0) -> Iterator[Member]:
    """The members of the object that begins at or after `at`; raise ValueError if there is none."""
    at = _skip(text, at)
    if text[at : at + 1] != "{":
        raise ValueError("not a JSON object")
    at = _skip(text, at + 1)
    while text[at] != "}":
        start = at
        name, at = _scan_string(text, at + 1, True)
        value_start = (at if text[at] == ":" else _skip(text, at)) + 1
        if text[value_start] in _BLANK:
            value_start = _skip(text, value_start)
        try:
            value, end = _scan(text, value_start)
        except StopIteration as error:
            raise ValueError("not well-formed JSON") from error
        yield Member(name, start, value_start, end, value)
        at = _skip(text, end)
        if text[at] == ",":
            at = _skip(text, at + 1)


def elements(text: str, at: int) -> Iterator[tuple[int, int]]:
    """The (start, end) of each element of the array that begins at `at`."""
    at = _skip(text, at + 1)
    while text[at] != "]":
        try:
            _, end = _scan(text, at)
        except StopIteration as error:
            raise ValueError("not well-formed JSON") from error
        yield at, end
        at = _skip(text, end)
        if text[at] == ",":
            at = _skip(text, at + 1)


Parts = dict[str, Member]


def opened(text: str, name: str) -> tuple[dict[str, Any], list[Parts | None] | None]:
    """An object whose array `name` is taken apart: its other members, and those of each element.

    Each value is parsed once. An element that is no object is None; so is the list where there is
    no such array.
    """
    found: dict[str, Any] = {}
    inside: list[Parts | None] | None = None
    at = _skip(text, _skip(text, 0) + 1)
    while text[at] != "}":
        member, at = _scan_string(text, at + 1, True)
        at = _skip(text, _skip(text, at) + 1)
        if member == name and text[at] == "[":
            inside, at = _elements_of(text, at)
            found[member] = None
        else:
            found[member], at = _scan(text, at)
        at = _skip(text, at)
        if text[at] == ",":
            at = _skip(text, at + 1)
    return found, inside


def _elements_of(text: str, at: int) -> tuple[list[Parts | None], int]:
    found: list[Parts | None] = []
    at = _skip(text, at + 1)
    while text[at] != "]":
        parts: Parts | None = None
        if text[at] == "{":
            parts = {member.name: member for member in members(text, at)}
            last = max((member.end for member in parts.values()), default=at + 1)
            at = _skip(text, last) + 1
        else:
            _, at = _scan(text, at)
        found.append(parts)
        at = _skip(text, at)
        if text[at] == ",":
            at = _skip(text, at + 1)
    return found, at + 1


def with_members(text: str, new: dict[str, Any]) -> str:
    """`text`, a JSON object, with the members of `new` set; everything else byte for byte.

    A member that exists is replaced in its place; others follow `resourceType`, or come first.

    >>> with_members('{"resourceType":"Observation", "valueDecimal":1.50}', {"id": "a"})
    '{"resourceType":"Observation","id":"a", "valueDecimal":1.50}'
    """
    found = {member.name: member for member in members(text)}
    edits: list[tuple[int, int, str]] = []
    fresh = []
    for name, value in new.items():
        rendered = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
        if name in found:
            edits.append((found[name].value_start, found[name].end, rendered))
        else:
            fresh.append(f"{json.dumps(name)}:{rendered}")
    if fresh:
        anchor = found.get("resourceType")
        if anchor is not None:
            edits.append((anchor.end, anchor.end, "," + ",".join(fresh)))
        else:
            brace = text.index("{") + 1
            edits.append((brace, brace, ",".join(fresh) + ("," if found else "")))
    for start, end, rendered in sorted(edits, reverse=True):
        text = text[:start] + rendered + text[end:]
    return text
