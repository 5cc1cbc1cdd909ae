"""The words of HTML and XML (CDA as well), whether well-formed or not.

No parser of the standard library fits: those for XML expand entities and give up at the first
error, and `html.parser` takes quadratic time for some input. Nothing is lost here: comments,
scripts and declarations are read as well, and so are the attributes that are shown to a person.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

_START = re.compile(r"<(?=/?[A-Za-z]|[!?])")
_OPENING = re.compile(r"</?([A-Za-z][^\s<>/]*)")
_STOP = re.compile(r"[>\"']")
# A name without a value matches as well: it must not be looked at again from its second letter.
_ATTRIBUTE = re.compile(
    r"([A-Za-z_:][-\w:.]*+)(?:\s*+=\s*+(?:\"([^\"]*+)\"|'([^']*+)'|([^\s\"'>]++)))?+"
)
_SAID = frozenset(
    {
        "title", "alt", "summary", "label", "displayname", "display", "content", "value",
        "placeholder", "aria-label", "aria-description", "abbr", "caption", "desc", "name",
    }
)  # fmt: skip
# Tags that leave a word whole: H<b>IV</b> is read HIV.
_INLINE = frozenset(
    {
        "a", "abbr", "acronym", "b", "bdi", "bdo", "big", "cite", "code", "content", "del", "dfn",
        "em", "font", "i", "ins", "kbd", "mark", "q", "s", "samp", "small", "span", "strike",
        "strong", "sub", "sup", "tt", "u", "var", "wbr",
    }
)  # fmt: skip
_EMBEDDED = re.compile(r"representation\s*+=\s*+[\"']?+B64\b|=\s*+[\"']?+\s*+data:", re.IGNORECASE)
_LEADING_ZEROS = re.compile(r"&#0++(?=[0-9])")
_NO_CHARACTER = re.compile(r"&#[0-9]{8,}+;?")
_SECTION = "<![CDATA["
_ENDS = (("<!--", "-->"), (_SECTION, "]]>"), ("<!", ">"), ("<?", ">"))


def words_of_markup(text: str) -> tuple[str, bool]:
    """The words of `text`, and whether that is all: not so with files embedded in attributes.

    >>> words_of_markup("H<b>I</b>V &amp; <i title='x'>y</i>")[0].split("\\n")[1].split()
    ['HIV', '&', 'x', 'y']
    """
    apart: list[str] = []
    joined: list[str] = []
    whole = True
    for piece, glue, tag in _pieces(text):
        if tag:
            whole = whole and ("=" not in piece or _EMBEDDED.search(piece) is None)
            apart.append(f" {' '.join(_said(piece))} " if "=" in piece else " ")
        else:
            apart.append(piece if glue is None else f" {piece} ")
        joined.append(piece if glue is None else glue)
    spaced, tight = unescaped("".join(apart)), unescaped("".join(joined))
    # Both readings: <span>HIV</span><span>positive</span> must not become one word either.
    return (spaced if spaced.split() == tight.split() else f"{spaced}\n{tight}"), whole


def unescaped(text: str) -> str:
    """Character references decoded; `html.unescape` raises for numbers of thousands of digits."""
    return html.unescape(_NO_CHARACTER.sub(" ", _LEADING_ZEROS.sub("&#", text)))


def _said(tag: str) -> Iterator[str]:
    for match in _ATTRIBUTE.finditer(tag):
        if match[1].lower() in _SAID:
            yield match[2] or match[3] or match[4] or ""


def _pieces(text: str) -> Iterator[tuple[str, str | None, bool]]:
    """Every character once: (what, what stands between words in its place, is a tag).

    None: it is words itself. Nothing for an inline tag or a comment: nobody sees them in a word.
    """
    at = 0
    while at < len(text):
        found = _START.search(text, at)
        if found is None:
            break
        start = found.start()
        if start > at:
            yield text[at:start], None, False
        if text[start + 1] in "!?":
            opened, closing = next(pair for pair in _ENDS if text.startswith(pair[0], start))
            end = text.find(closing, start + len(opened))
            end = len(text) if end < 0 else end
            yield text[start + len(opened) : end], None if opened == _SECTION else "", False
            at = end + len(closing)
            continue
        name = _OPENING.match(text, start)
        at = _end_of_tag(text, start + 1)
        if at < 0:
            # Never closed: the rest stands as it is, and the search is not begun again.
            at = start
            break
        inline = name is not None and name[1].lower() in _INLINE
        yield text[start:at], "" if inline else " ", True
    yield text[at:], None, False


def _end_of_tag(text: str, at: int) -> int:
    """Behind the `>` of the tag; -1 where a quote or the tag itself is never closed."""
    while (found := _STOP.search(text, at)) is not None:
        if found[0] == ">":
            return found.end()
        at = text.find(found[0], found.end()) + 1
        if at == 0:
            return -1
    return -1
