"""What a reference means: one canonical key for every spelling (R4 references; search, reference).

A key is one of these texts; two references with one key mean one thing.

- `Type/id`: a resource of this record, whether it was written so, as an absolute address below one
  of this record's bases, with a version, percent-encoded or with a fragment;
- `/id`: a bare id, which names no type;
- `urn:uuid:...`, `urn:oid:...`: the id of an entry, in lower case;
- `Type?identifier=system|value` or `?identifier=system|value`: a logical reference;
- `#id`: something contained in the same resource;
- anything else: an address elsewhere, which never leads into this record.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl, unquote, urljoin, urlsplit

from fhir_rs.enforcement.resource_types import RESOURCE_TYPES

_ID = r"[A-Za-z0-9\-.]{1,64}"
_PLAIN = re.compile(rf"([A-Z][A-Za-z]+)/({_ID})", re.ASCII)
_LOCAL = re.compile(rf"/*([A-Z][A-Za-z]+)/({_ID})(?:/_history(?:/[^/]*)?)?/*", re.ASCII)
_BARE = re.compile(_ID, re.ASCII)
_URN = re.compile(r"urn:(?:uuid|oid):", re.IGNORECASE)
_DEFAULT_PORTS = {"http": ":80", "https": ":443"}
_MOST = 2048
CONTAINED = "#"
"""Instead of a search parameter: the reference stands in something contained that is judged apart,
so that its holder is no way to the people whom it names."""
MAX_PART = 200
"""Characters of a system or a value that are compared; the search index keeps as many."""


def key_of_literal(written: str, bases: Sequence[str] = ()) -> str:
    """The key of a literal reference (R4 references 2.3.0.1).

    Parameters: `written` as it stands in `Reference.reference`, an attachment's `url` or a search
    value; `bases` the addresses this record answers at, without a slash at the end.

    >>> key_of_literal("https://x.example/r/1/Condition/c2/_history/3", ["https://x.example/r/1"])
    'Condition/c2'
    """
    match = _PLAIN.fullmatch(written)
    if match is not None and match[1] in RESOURCE_TYPES:
        return written
    return _unusual(written, tuple(bases))


@lru_cache(maxsize=4096)
def _unusual(written: str, bases: tuple[str, ...]) -> str:
    text = written.strip()
    if text.startswith("#") or not text or len(text) > _MOST:
        return text[:_MOST]
    if _URN.match(text):
        return text.lower()
    if _BARE.fullmatch(text):
        return f"/{text}"
    inside = _inside(text, bases)
    return text if inside is None else _key_inside(inside) or text


def _key_inside(path: str) -> str | None:
    """The key of what follows a base, or None where that is no resource."""
    path, _, query = path.partition("#")[0].partition("?")
    match = _LOCAL.fullmatch(unquote(path))
    if match is not None and match[1] in RESOURCE_TYPES:
        return f"{match[1]}/{match[2]}"
    type_ = path.strip("/")
    if type_ in RESOURCE_TYPES and query:
        asked = parse_qsl(query, keep_blank_values=True)
        if len(asked) == 1 and asked[0][0] == "identifier":
            system, bar, value = asked[0][1].partition("|")
            return identifier_key(type_, *((system, value) if bar else ("", system)))
    return None


def _inside(text: str, bases: tuple[str, ...]) -> str | None:
    """What follows one of `bases` in `text`, None for an address elsewhere.

    A relative reference is below every base; dot segments and a missing scheme are resolved
    against each (RFC 3986 5.2).
    """
    scheme = re.match(r"[A-Za-z][A-Za-z0-9+.\-]*:", text)
    if scheme is None and not text.startswith(("/", ".")):
        return text
    for base in bases:
        whole = _normal(text if scheme else urljoin(f"{base}/", text))
        start = f"{_normal(base)}/"
        if whole.startswith(start):
            return whole[len(start) :]
    # A slash before the type is a common slip of the pen; nothing else can be meant by it.
    return text if _LOCAL.fullmatch(text) else None


def _normal(url: str) -> str:
    """An address with its scheme and host in lower case, without a default port or `..`."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return url
    host = parts.netloc.lower().removesuffix(_DEFAULT_PORTS.get(parts.scheme, "\x00"))
    # Joined with itself, so that dot segments go (RFC 3986 5.2.4).
    path = urlsplit(urljoin(f"{parts.scheme}://h/", unquote(parts.path))).path
    query = f"?{parts.query}" if parts.query else ""
    return f"{parts.scheme}://{host}{path}{query}"


def identifier_key(type_: str, system: str, value: str) -> str:
    """The key of a logical reference (R4 references 2.3.0.2); `type_` is "" where none is named."""
    head = type_ if type_ in RESOURCE_TYPES else ""
    return f"{head}?identifier={system[:MAX_PART]}|{value[:MAX_PART]}"


def key_of(value: Mapping[str, Any], bases: Sequence[str] = (), types: Sequence[str] = ()) -> str:
    """The key of a Reference element, "" when it leads nowhere (a display alone).

    Parameters: `types` are those the element may refer to: one type makes a bare id plain.
    """
    written = value.get("reference")
    if isinstance(written, str) and written.strip():
        key = key_of_literal(written, bases)
        if key.startswith("/"):
            only = _named_type(value, types)
            return f"{only}{key}" if only in RESOURCE_TYPES else key
        if may_lead_inside(key) or key.startswith("#"):
            return key
        # An address elsewhere, and beside it a name that may be known here.
        return _by_identifier(value, types) or key
    return _by_identifier(value, types)


def _named_type(value: Mapping[str, Any], types: Sequence[str]) -> str:
    named = value.get("type")
    return named if isinstance(named, str) else types[0] if len(types) == 1 else ""


def _by_identifier(value: Mapping[str, Any], types: Sequence[str]) -> str:
    identifier = value.get("identifier")
    if not isinstance(identifier, Mapping) or not isinstance(identifier.get("value"), str):
        return ""
    system = str(identifier.get("system") or "")
    return identifier_key(_named_type(value, types), system, identifier["value"])


def type_of(key: str) -> str:
    """The resource type a key names, "" when it names none."""
    type_ = key.partition("/")[0].partition("?")[0]
    return type_ if type_ in RESOURCE_TYPES else ""


def is_address(key: str) -> bool:
    """True for `Type/id`: the key is the place itself, nothing has to be looked up."""
    match = _PLAIN.fullmatch(key)
    return match is not None and match[1] in RESOURCE_TYPES


def may_lead_inside(key: str) -> bool:
    """True for a key that can mean a resource of this record."""
    return is_address(key) or key.startswith(("/", "urn:")) or "?identifier=" in key


def names_of(address: str, identifiers: Collection[tuple[str, str]]) -> Iterator[str]:
    """Every key, `address` itself apart, that means the resource at `address`.

    Parameters: `identifiers` are its (system, value) pairs.
    """
    type_, _, id_ = address.partition("/")
    yield f"/{id_}"
    yield f"urn:uuid:{id_.lower()}"
    yield f"urn:oid:{id_.lower()}"
    for system, value in identifiers:
        for named in (type_, ""):
            yield identifier_key(named, system, value)
            if system:
                # A reference that names no system means any (R4 search, token).
                yield identifier_key(named, "", value)
