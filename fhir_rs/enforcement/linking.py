"""Links of a resource by R4's own element types, and others in their place (R4 http 3.1.0.11.2).

A transaction replaces the names that its entries go by: in references, in elements of type uri,
url, oid and uuid, and in the `href` and `src` of narratives. A canonical names a definition and
stays; so does a string that only looks like a link.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from html import escape, unescape

from fhir_rs.enforcement.rewriting import Edit, edited
from fhir_rs.enforcement.splicing import elements, members
from fhir_rs.enforcement.tables import shapes

Link = Callable[[str, bool], str | None]
"""A link, and whether it is a reference -> what should stand in its place, None to leave it."""

_LINKS = frozenset({"uri", "url", "oid", "uuid"})
_ATTRIBUTE = re.compile(r"""(\s(?:href|src)\s*=\s*)("[^"]*"|'[^']*')""")


def linked(text: str, link: Link) -> str:
    """`text`, a resource, with every link that `link` names anew; the rest is byte for byte."""
    edits: list[Edit] = []
    _object(text, 0, "Resource", link, edits)
    return edited(text, edits)


def _object(text: str, at: int, shape: str, link: Link, edits: list[Edit]) -> None:
    found = list(members(text, at))
    if shape == "Resource":
        named = [member.value for member in found if member.name == "resourceType"]
        shape = named[0] if named and isinstance(named[0], str) else ""
    types = shapes().get(shape, {})
    for member in found:
        # Extensions of a primitive stand beside it (R4 json 2.1.2).
        plain = member.name.removeprefix("_")
        type_ = "Element" if plain != member.name else types.get(plain, "")
        code = type_.partition(":")[0].rstrip("*")
        if shape == "Reference" and member.name == "reference":
            code = "Reference.reference"
        places = [(member.value_start, member.end, member.value)]
        if isinstance(member.value, list):
            spans = elements(text, member.value_start)
            places = [(*span, item) for span, item in zip(spans, member.value, strict=True)]
        for start, end, value in places:
            if isinstance(value, str):
                new = _new(value, code, link)
                if new is not None and new != value:
                    edits.append((start, end, new))
            elif isinstance(value, dict):
                _object(text, start, code, link, edits)


def _new(value: str, code: str, link: Link) -> str | None:
    if code == "Reference.reference":
        return link(value, True)
    if code in _LINKS:
        return link(value, False)
    if code == "xhtml":
        return _ATTRIBUTE.sub(lambda match: _attribute(match, link), value)
    return None


def _attribute(match: re.Match[str], link: Link) -> str:
    quote, written = match[2][0], unescape(match[2][1:-1])
    new = link(written, False)
    return match[0] if new is None else f"{match[1]}{quote}{escape(new)}{quote}"
