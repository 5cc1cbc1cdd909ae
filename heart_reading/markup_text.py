"""PURE: the words of a marked-up text, line by line: never the markup itself (XHTML, CDA).

A document of the CDA says what it says in `title` and `text` of its sections; of any other markup
all words count but those of scripts and styles. Nothing is rendered and nothing is looked up, and
the time it takes grows with the length of the text alone, whatever is in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape

MOST = 200_000
"""Letters of a marked-up text that are read."""
_UNSEEN = frozenset({"script", "style", "head", "template"})
_LINES = frozenset(
    {"p", "div", "br", "li", "tr", "h1", "h2", "h3", "h4", "h5", "h6", "table", "ul", "ol", "hr",
     "paragraph", "item", "list", "title", "section", "caption", "pre", "dt", "dd"}
)  # fmt: skip
_NEAR = 300
"""Letters in which a document type says its name."""
_CELLS = frozenset({"td", "th"})
_CDA, _TOLD = "clinicaldocument", frozenset({"text", "title"})
_NAME = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9]{0,30})")
_APART = (("<!--", "-->"), ("<![CDATA[", "]]>"), ("<!", ">"), ("<?", ">"))
"""What is no element, and what ends it; the text of a CDATA section is read as it stands."""


def lines(markup: str) -> list[str]:
    """The lines of a marked-up text.

    >>> lines("<div><p>One &amp; two</p><script>x()</script><p>Three</p></div>")
    ['One & two', 'Three']
    """
    parts: list[str] = []
    unseen = told = 0
    is_cda = False
    for words, closes, tag in _pieces(markup[:MOST]):
        if words and not unseen and (told or not is_cda):
            # Line ends of the source mean nothing in markup.
            parts.append(" ".join(unescape(words).split("\n")).replace("\t", " "))
        if tag in _LINES:
            parts.append("\n")
        elif tag in _CELLS:
            parts.append("\t")
        is_cda = is_cda or tag == _CDA
        step = -1 if closes else 1
        unseen = max(0, unseen + step * (tag in _UNSEEN))
        told = max(0, told + step * (is_cda and tag in _TOLD))
    found = (
        "  ".join(filter(None, (" ".join(cell.split()) for cell in line.split("\t"))))
        for line in "".join(parts).split("\n")
    )
    return [line for line in found if line]


def _pieces(markup: str) -> Iterator[tuple[str, bool, str]]:
    """Each run of words with the tag behind it: (words, whether it closes, its name or "")."""
    here, missing = 0, set()
    while True:
        start = markup.find("<", here)
        if start < 0:
            yield markup[here:], False, ""
            return
        words = markup[here:start]
        opening, ending = next((pair for pair in _APART if markup.startswith(pair[0], start)),
                               ("", ">"))  # fmt: skip
        if opening == "<!" and "[" in markup[start : markup.find(">", start, start + _NEAR) + 1]:
            ending = "]>"  # a document type that declares things of its own
        end = -1 if ending in missing else markup.find(ending, start + len(opening))
        named = None if opening else _NAME.match(markup, start)
        if end < 0 or not (opening or named):
            # A bracket that begins nothing is a letter; what never ends is not looked for again.
            missing |= {ending} if end < 0 else set()
            yield f"{words}<", False, ""
            here = start + 1
            continue
        inside = markup[start + len(opening) : end] if opening == "<![CDATA[" else ""
        here = end + len(ending)
        closes = named is not None and named[1] == "/"
        is_empty = named is not None and markup[end - 1] == "/"
        yield words + inside, closes, "" if named is None else named[2].lower()
        if is_empty and named is not None:
            yield "", True, named[2].lower()
