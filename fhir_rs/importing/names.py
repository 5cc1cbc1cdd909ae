"""What references may call the resources of an import, and which server they are absolute to.

R4 lets an import rewrite references (http 3.1.0.11). A name that two resources bear, and an
address at a server that is not known to be the source, are left as they were written.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache, partial
from typing import Any
from urllib.parse import unquote, urljoin

from fhir_rs.enforcement.references import key_of_literal, names_of
from fhir_rs.enforcement.resource_types import RESOURCE_TYPES
from fhir_rs.enforcement.rewriting import rewritten

_ABSOLUTE = re.compile(
    r"(?:(https?):)?//([^/]+)(/.*?|)/+([A-Z][A-Za-z]+)/([A-Za-z0-9\-.]{1,64})"
    r"(?:/_history(?:/[^/]*)?)?/*",
    re.ASCII | re.IGNORECASE,
)
# Inside a JSON string every quote is escaped, so these are members wherever they match; a name
# that is itself written with \u is left to the parser.
_TEXT = r'((?:[^"\\]|\\.)*)"'
# Two expressions, each of which begins with plain characters: those are found many times faster.
_REFERENCE = re.compile(
    rf'"reference"(\s*:\s*)"(?![A-Z][A-Za-z]+/[A-Za-z0-9\-.]+"|\#){_TEXT}', re.ASCII
)
_URL = re.compile(rf'"url"(\s*:\s*)"(?=urn:|[^"]*Binary){_TEXT}', re.ASCII)
_ATTACHED = ("Binary", '"urn:')


@dataclass(slots=True)
class Names:
    """Names -> `Type/id`; "" where one name is borne by two resources."""

    urls: dict[str, str] = field(default_factory=dict)
    """By the full URL of an entry, which goes before all other names (R4 Bundle, references)."""
    keys: dict[str, str] = field(default_factory=dict)
    """By identifier, by URN, by bare id."""
    servers: set[str] = field(default_factory=set)
    """The servers that the full URLs are at; "" for URLs that are at none."""
    _unread: list[tuple[str, list[tuple[str, str]]]] = field(default_factory=list)
    """Resources whose keys nobody has asked for yet."""

    def learn(self, address: str, resource: Mapping[str, Any], full_url: str | None) -> None:
        """Remember the names of one resource."""
        if full_url:
            _add(self.urls, canonical(full_url), address)
            self.servers.add(server_of(full_url, address) or "")
        self._unread.append((address, identifiers_of(resource)))

    def learn_only(
        self,
        address: str,
        resource: Mapping[str, Any],
        full_url: str | None,
        wanted: Collection[str],
    ) -> None:
        """Remember those names of one resource that are in `wanted`."""
        if full_url and (url := canonical(full_url)) in wanted:
            _add(self.urls, url, address)
        for key in names_of(address, identifiers_of(resource)):
            if key in wanted:
                _add(self.keys, key, address)

    def find(self, key: str) -> str | None:
        """The resource of this name; "" when there are two, None when there is none."""
        found = self.urls.get(key)
        if found is None:
            found = self._by_key(key)
        if found is None and len(self.servers) == 1 and "//" in key:
            found = at_server(key, next(iter(self.servers)))
        return found

    def _by_key(self, key: str) -> str | None:
        unread, self._unread = self._unread, []
        for address, identifiers in unread:
            for name in names_of(address, identifiers):
                _add(self.keys, name, address)
        return self.keys.get(key)


def _add(names: dict[str, str], name: str, address: str) -> None:
    names[name] = address if names.get(name, address) == address else ""


def identifiers_of(resource: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The (system, value) pairs of a resource's own identifiers."""
    found = resource.get("identifier")
    return [
        (str(each.get("system") or ""), each["value"])
        for each in (found if isinstance(found, list) else [found])
        if isinstance(each, dict) and isinstance(each.get("value"), str) and each["value"]
    ]


@lru_cache(maxsize=4096)
def absolute(url: str) -> tuple[str, str] | None:
    """(server, `Type/id`) of an absolute address of a resource; None of anything else.

    A server is `host/path`: with either scheme it is the same one.
    """
    if "//" not in url:
        return None
    text = unquote(url.strip().partition("#")[0])
    if "/." in text:
        scheme, _, rest = text.partition("//")
        text = scheme + urljoin(f"http://{rest}", f"/{rest.partition('/')[2]}")[len("http:") :]
    match = _ABSOLUTE.fullmatch(text)
    if match is None or match[4] not in RESOURCE_TYPES:
        return None
    host = match[2].lower().removesuffix(":80" if (match[1] or "").lower() == "http" else ":443")
    return f"{host}{match[3].rstrip('/')}", f"{match[4]}/{match[5]}"


def canonical(url: str) -> str:
    """One spelling of a full URL or a reference: absolute addresses without version and scheme."""
    parts = absolute(url)
    return key_of_literal(url) if parts is None else f"//{parts[0]}/{parts[1]}"


def server_of(url: str, address: str) -> str | None:
    """The server that keeps `address` under `url`."""
    parts = absolute(url)
    return parts[0] if parts is not None and parts[1] == address else None


def at_server(key: str, server: str) -> str | None:
    """`Type/id` of a canonical reference to a resource at `server`."""
    parts = absolute(key) if server else None
    return parts[1] if parts is not None and parts[0] == server else None


def links_in(text: str, resource: Mapping[str, Any]) -> Iterator[str]:
    """The literal references in a resource that are not plainly `Type/id`, as written."""
    if "\\u" in text:
        yield from _walk(resource)
        return
    for match in _REFERENCE.finditer(text):
        yield _unescaped(match[2])
    if any(sign in text for sign in _ATTACHED):
        for match in _URL.finditer(text):
            yield _unescaped(match[2])


def _walk(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        for name, inner in value.items():
            if isinstance(inner, str):
                if name in ("reference", "url"):
                    yield inner
            else:
                yield from _walk(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _walk(inner)


def _unescaped(text: str) -> str:
    return str(json.loads(f'"{text}"')) if "\\" in text else text


def localized(text: str, resolve: Callable[[str], str | None]) -> str:
    """`text`, a resource, with each reference that `resolve` knows written as `Type/id`.

    An attachment's `url` is a reference too where it leads to a Binary (R4 Attachment.url).
    """

    def attached(written: str) -> str | None:
        found = resolve(written)
        return found if found is not None and found.startswith("Binary/") else None

    local = {"reference": resolve, "url": attached}
    if "\\u" in text:
        return rewritten(
            text, lambda holder, name: local[name](holder[name]) if name in local else None
        )
    text = _REFERENCE.sub(partial(_replaced, "reference", resolve), text)
    if any(sign in text for sign in _ATTACHED):
        text = _URL.sub(partial(_replaced, "url", attached), text)
    return text


def _replaced(name: str, local: Callable[[str], str | None], match: re.Match[str]) -> str:
    found = local(_unescaped(match[2]))
    return f'"{name}"{match[1]}"{found}"' if found else match[0]


@dataclass(slots=True)
class Source:
    """The names in use in one folder, and what tells the server that its files came from."""

    names: Names = field(default_factory=Names)
    wanted: set[str] = field(default_factory=set)
    """Names that are used and that no Bundle explains by itself."""
    used: dict[str, set[str]] = field(default_factory=dict)
    """Server -> what absolute references ask it for."""
    owners: dict[str, set[str]] = field(default_factory=dict)
    """The same for the references that say whose a resource is."""
    said: list[set[str]] = field(default_factory=lambda: [set(), set(), set(), set()])
    """Servers by the strength of what speaks for them: see `home`."""
    origins: set[str] = field(default_factory=set)

    def use(self, key: str, *, owner: bool) -> None:
        """Note a name that a Bundle does not explain."""
        self.wanted.add(key)
        parts = absolute(key)
        if parts is not None:
            self.used.setdefault(parts[0], set()).add(parts[1])
            if owner:
                self.owners.setdefault(parts[0], set()).add(parts[1])

    def place(self, address: str, resource: Mapping[str, Any], full_url: str | None) -> None:
        """Note where a resource says that it was: its full URL, its `meta.source`."""
        meta = resource.get("meta")
        origin = meta.get("source") if isinstance(meta, dict) else None
        for url in (full_url, origin):
            if isinstance(url, str) and (server := server_of(url, address)):
                self.said[0 if address.startswith("Patient/") else 1].add(server)
        if isinstance(origin, str) and len(self.origins) < _MOST_ORIGINS:
            self.origins.add(origin.partition("#")[0].partition("//")[2].rstrip("/"))

    def meet(self, address: str, resource: Mapping[str, Any], full_url: str | None) -> None:
        """Once all is noted: see whether a resource is one that was asked for."""
        self.names.learn_only(address, resource, full_url, self.wanted)
        for server, asked in self.used.items():
            if address in asked:
                mine = address in self.owners.get(server, ())
                self.said[0 if mine else 2].add(server)

    @property
    def home(self) -> str:
        """The one server that the files came from; "" when nothing says it, or two do.

        In this order: where its Patients are kept, where anything is kept, where references lead
        to something that is here, whose Patients are spoken of.
        """
        said = [*self.said[:3], set(self.owners)]
        said[1] = said[1] | (self.origins & self.used.keys())
        found = next((servers for servers in said if servers), set())
        return next(iter(found)) if len(found) == 1 else ""

    def find(self, key: str) -> str | None:
        """As `Names.find`, and what is at home under its absolute address."""
        found = self.names.find(key)
        return at_server(key, self.home) if found is None else found


_MOST_ORIGINS = 1000
