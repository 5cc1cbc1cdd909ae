"""A reference keeps its target and loses its words when the target is withheld (FH-31, FS-43).

`display` and `identifier` beside a `reference` are the target's own content. They are cut when
the target is not shown, and just so when there is no such target here: the two look alike. The
narrative goes with them. People and places are named wherever they are referred to (DESIGN 8).
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator
from typing import Any

from fhir_rs.enforcement.resource_types import RESOURCE_TYPES
from fhir_rs.enforcement.splicing import elements, members
from heart_uma.labels import DIRECTORY_TYPES

_OWN_TYPES = RESOURCE_TYPES - DIRECTORY_TYPES
_WORDS = ("display", "identifier")
_REFERENCE = re.compile(rb'"reference"\s*:\s*"')
_ESCAPED = re.compile(rb"\\u00[2-7]")


def target_of(reference: Any) -> str | None:
    """`Type/id` of a reference into the record, if its type has permissions of its own."""
    if not isinstance(reference, str):
        return None
    address = reference.partition("/_history/")[0].partition("#")[0]
    type_, slash, _ = address.partition("/")
    return address if slash and type_ in _OWN_TYPES else None


def named_targets(body: bytes) -> frozenset[str]:
    """The targets that `body` says more of than where they are; mostly none, found out cheaply."""
    if not _may_name(body):
        return frozenset()
    return frozenset(_named(json.loads(body)))


def _may_name(body: bytes) -> bool:
    """False only if every reference stands in an object without another word about its target."""
    return _ESCAPED.search(body) is not None or any(
        _says_more(body, match.start()) for match in _REFERENCE.finditer(body)
    )


def _says_more(body: bytes, at: int) -> bool:
    start, end = body.rfind(b"{", 0, at), body.find(b"}", at) + 1
    around = body[start:end]
    # Not a flat object, or a brace inside a text: then it is looked at closely.
    flat = around.count(b"{") == around.count(b"}") == 1 and around.count(b'"') % 2 == 0
    return not flat or b"\\" in around or b'"display"' in around or b'"identifier"' in around


def _named(value: Any) -> Iterator[str]:
    if isinstance(value, list):
        for each in value:
            yield from _named(each)
    elif isinstance(value, dict):
        target = target_of(value.get("reference"))
        if target is not None and any(word in value for word in _WORDS):
            yield target
        for each in value.values():
            if isinstance(each, (dict, list)):
                yield from _named(each)


def redacted(body: bytes, withheld: Collection[str]) -> bytes:
    """`body` without the words about the targets in `withheld`; every value kept as written.

    >>> redacted(b'{"a":{"reference":"Condition/1","display":"x"},"b":1.50}', {"Condition/1"})
    b'{"a":{"reference":"Condition/1"},"b":1.50}'
    """
    text = body.decode()
    return _object(text, 0, withheld).encode()


def _object(text: str, at: int, withheld: Collection[str]) -> str:
    found = list(members(text, at))
    reference = next((m.value for m in found if m.name == "reference"), None)
    cut = target_of(reference) in withheld
    kept = []
    for member in found:
        if cut and member.name in _WORDS:
            continue
        if member.name == "text" and isinstance(member.value, dict) and "div" in member.value:
            continue
        value = _value(text, member.value_start, member.end, member.value, withheld)
        kept.append(text[member.start : member.value_start] + value)
    return "{" + ",".join(kept) + "}"


def _value(text: str, start: int, end: int, value: Any, withheld: Collection[str]) -> str:
    if isinstance(value, dict):
        return _object(text, start, withheld)
    if isinstance(value, list):
        pairs = zip(elements(text, start), value, strict=True)
        return "[" + ",".join(_value(text, s, e, v, withheld) for (s, e), v in pairs) + "]"
    return text[start:end]
