"""What a narrative may hold: the XHTML of R4 narrative (2.4.1), invariants txt-1 and txt-2.

The list is one of what is allowed, judged on what a parser makes of the text: names and values
with every character reference decoded. What XML and HTML read differently (CDATA sections, comments
that HTML ends earlier) is refused, since a client may read it either way.
"""

from __future__ import annotations

import re
from html.entities import name2codepoint
from xml.parsers import expat

XHTML = "http://www.w3.org/1999/xhtml"
_XML = "http://www.w3.org/XML/1998/namespace"
# HTML 4.0 chapters 7 to 11 (without 9.4) and 15, links and images; without what is deprecated.
_ELEMENTS = frozenset(
    {
        "a", "abbr", "acronym", "address", "b", "bdo", "big", "blockquote", "br", "caption",
        "cite", "code", "col", "colgroup", "dd", "dfn", "div", "dl", "dt", "em", "h1", "h2",
        "h3", "h4", "h5", "h6", "hr", "i", "img", "kbd", "li", "ol", "p", "pre", "q", "samp",
        "small", "span", "strong", "sub", "sup", "table", "tbody", "td", "tfoot", "th", "thead",
        "tr", "tt", "ul", "var",
    }
)  # fmt: skip
_ATTRIBUTES = frozenset(
    {
        "abbr", "accesskey", "align", "alt", "axis", "bgcolor", "border", "cellhalign",
        "cellpadding", "cellspacing", "cellvalign", "char", "charoff", "charset", "cite",
        "class", "colspan", "compact", "coords", "dir", "frame", "headers", "height", "href",
        "hreflang", "hspace", "id", "lang", "longdesc", "name", "nowrap", "rel", "rev",
        "rowspan", "rules", "scope", "shape", "span", "src", "start", "style", "summary",
        "tabindex", "title", "type", "valign", "value", "vspace", "width", f"{_XML} lang",
        f"{_XML} space",
    }
)  # fmt: skip
_LINKS = frozenset({"href", "cite", "longdesc"})
_LINK_SCHEMES = frozenset({"http", "https", "mailto", "tel", "ftp", "urn"})
_PICTURE = re.compile(r"data:image/(?:png|gif|jpe?g|webp)[;,]")
# Browsers drop line ends and tabs anywhere in an address, and other blanks before it.
_BLANK = re.compile(
    "[\x00-\x20\x7f-\xa0\xad\u1680\u180e\u2000-\u200f\u2028-\u202f\u205f-\u206f\u3000\ufeff]"
)
_SCHEME = re.compile(r"([^/?#:]*):")
_STYLE_FUNCTIONS = frozenset({"", "rgb", "rgba", "hsl", "hsla", "calc"})
_CALL = re.compile(r"(?<![^\s:;,()+*/])([^\s:;,()+*/]*+)\(")
# Ways for a style to fetch or to run something beside functions; `\` and remarks disguise any.
_STYLE_WORDS = re.compile(
    r"[\\@<]|/\*|behaviou?r|-moz-binding|javascript:|vbscript:", re.IGNORECASE
)
_DECLARATION = re.compile(r"<!(?!--)|<\?|<!--(?:-?>|\s*\[)")
_ENTITY = re.compile(r"&([A-Za-z][A-Za-z0-9]*);")
_XML_ENTITIES = frozenset({"amp", "lt", "gt", "quot", "apos"})


class _Refused(Exception):
    """Carries the reason."""


def problem_of(div: str) -> str | None:
    """Why `div` is no narrative of R4, as the end of a sentence; None when it is one.

    >>> problem_of('<div xmlns="http://www.w3.org/1999/xhtml">Well.</div>')
    >>> problem_of('<div xmlns="http://www.w3.org/1999/xhtml"><b onclick="x()">Well.</b></div>')
    'holds active or foreign content (attribute onclick)'
    """
    if _DECLARATION.search(div) is not None:
        return _foreign("a declaration")
    parser = expat.ParserCreate(encoding="utf-8", namespace_separator=" ")
    parser.ordered_attributes = True
    judge = _Judge()
    parser.StartElementHandler = judge.element
    parser.CharacterDataHandler = judge.text
    try:
        parser.Parse(_ENTITY.sub(_as_number, div).encode(), True)
    except _Refused as refused:
        return str(refused)
    except (expat.ExpatError, ValueError):
        return "is not well-formed XHTML"
    if judge.nameless:
        return f"is not XHTML: its div needs xmlns={XHTML!r}"
    return None if judge.says else "has no content"


def _as_number(entity: re.Match[str]) -> str:
    # The named characters of HTML 4 (R4 narrative 2.4.1) are no entities that XML knows.
    point = None if entity[1] in _XML_ENTITIES else name2codepoint.get(entity[1])
    return entity[0] if point is None else f"&#{point};"


def _foreign(what: str) -> str:
    return f"holds active or foreign content ({what})"


class _Judge:
    """Looks at each element as the parser meets it; no tree is built."""

    def __init__(self) -> None:
        self.says = False
        self.nameless = False
        self._root = True

    def element(self, name: str, attributes: list[str]) -> None:
        """Raise `_Refused` for what may not be in a narrative."""
        namespace, _, local = name.rpartition(" ")
        if self._root and local != "div":
            raise _Refused("is not a div")
        self._root = False
        self.nameless = self.nameless or not namespace
        if namespace not in (XHTML, "") or local not in _ELEMENTS:
            raise _Refused(_foreign(f"element {local[:32]}"))
        for attribute, value in zip(attributes[::2], attributes[1::2], strict=True):
            if not _allowed(attribute, value):
                raise _Refused(_foreign(f"attribute {attribute.rpartition(' ')[2][:32]}"))
            self.says = self.says or (local == "img" and attribute == "src")

    def text(self, data: str) -> None:
        """Note that the narrative says something (txt-2)."""
        self.says = self.says or not data.isspace()


def _allowed(name: str, value: str) -> bool:
    if name in _LINKS:
        return _links(_BLANK.sub("", value).lower())
    if name == "src":
        return _shows(_BLANK.sub("", value).lower())
    if name == "style":
        return _styles(value)
    return name in _ATTRIBUTES


def _links(address: str) -> bool:
    scheme = _SCHEME.match(address)
    return scheme is None or scheme[1] in _LINK_SCHEMES


def _shows(address: str) -> bool:
    """A picture comes with the record or from its own server; any other place learns who reads."""
    if _SCHEME.match(address) is not None:
        return _PICTURE.match(address) is not None or address.startswith("urn:")
    return not address.startswith("//") and "\\" not in address


def _styles(value: str) -> bool:
    return _STYLE_WORDS.search(value) is None and all(
        call[1].lower() in _STYLE_FUNCTIONS for call in _CALL.finditer(value)
    )
