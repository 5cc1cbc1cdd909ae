"""Walks the links that a person can follow, and knows one page's shape from another's content.

Of pages that differ in one record or one person only, a few are opened: the first that are found.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import parse_qsl, urljoin, urlsplit

from tests.e2e.house import faults_of_page
from tests.e2e.visitor import Visitor

EACH = 3
"""Pages that differ in one record or person only, and are opened."""
_CONTENT = frozenset({"href", "id", "value", "title", "checked", "selected", "open"})
_ID = re.compile(r"(?<=/)(?=[\w-]*[\d_A-Z-])[\w-]{12,}(?=/|$)|(?<=/)[a-z]+-?\d+[\w-]*(?=/|$)")
_NAMED = re.compile(
    r"(?<=/)(about|conditions|medicines|allergies|results|vitals|vaccines|visits|procedures"
    r"|documents|plans|bills|other|[A-Z][A-Za-z]+)(?=/|$)"
)


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.ids: set[str] = set()
        self.kinds: set[str] = set()

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        values = dict(attributes)
        names = sorted(name for name in values if name not in _CONTENT)
        self.kinds.add(f"{tag}.{values.get('class')}.{values.get('type')} {names}")
        if tag == "a" and values.get("href"):
            self.found.append(str(values["href"]))
        if values.get("id"):
            self.ids.add(str(values["id"]))


@dataclass
class Walked:
    """Every page found, by address, and what was wrong on the way."""

    pages: dict[str, str] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)

    def shapes(self) -> dict[str, str]:
        """One address for each shape of page (the longest, which holds most)."""
        best: dict[str, str] = {}
        for address, html in self.pages.items():
            shape = shape_of(address)
            if shape not in best or len(html) > len(self.pages[best[shape]]):
                best[shape] = address
        return best


def shape_of(address: str) -> str:
    """The address without what names one record, one kind or one person."""
    parts = urlsplit(address)
    return f"{parts.netloc}{_NAMED.sub('KIND', _path_of(address))}" + _names_of(address)


def _path_of(address: str) -> str:
    """The path without what names one record or one person; pages of two kinds differ."""
    return _ID.sub("ID", urlsplit(address).path)


def _names_of(address: str) -> str:
    names = sorted({name for name, _ in parse_qsl(urlsplit(address).query)})
    return f"?{'&'.join(names)}" if names else ""


def walk(visitor: Visitor, *starts: str) -> Walked:
    """Follow links from `starts` that stay on the same origin; forms are left alone."""
    walked, waiting = Walked(), list(starts)
    origins = {f"{urlsplit(s).scheme}://{urlsplit(s).netloc}" for s in starts}
    known, alike = set(waiting), Counter[str]()
    while waiting:
        address = waiting.pop(0)
        like = f"{urlsplit(address).netloc}{_path_of(address)}{_names_of(address)}"
        alike[like] += 1
        if alike[like] > EACH:
            continue
        answer = visitor.context.request.get(address)
        if "text/html" not in answer.headers.get("content-type", ""):
            if answer.status >= 400:
                walked.faults.append(f"{answer.status} {address}")
            continue
        html = answer.text()
        walked.pages[address] = html
        walked.faults += [
            f"{words}: {address}" for words in faults_of_page(answer.headers, answer.url)
        ]
        if answer.status >= 400:
            walked.faults.append(f"{answer.status} {address}")
        for link in _links(html, answer.url, walked):
            if link not in known and any(link.startswith(f"{origin}/") for origin in origins):
                known.add(link)
                waiting.append(link)
    return walked


def kinds_on(html: str) -> set[str]:
    """The kinds of elements of a page: tags, with their classes and which attributes they have."""
    parser = _Links()
    parser.feed(html)
    return parser.kinds


def _links(html: str, base: str, walked: Walked) -> Iterator[str]:
    parser = _Links()
    parser.feed(html)
    for href in parser.found:
        if href.startswith("#"):
            if href[1:] not in parser.ids:
                walked.faults.append(f"{base} leads to {href}, which is not there")
            continue
        yield urljoin(base, href).partition("#")[0]
