"""Which version of a resource an entry of a history is (R4 http, history; Bundle type history)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from fhir_rs.enforcement.references import is_address, key_of_literal
from fhir_rs.importing.names import absolute

_OF_URL = re.compile(r"/_history/([^/?#]+)")
_OF_ETAG = re.compile(r'(?:W/)?"([^"]+)"')


@dataclass(frozen=True, slots=True)
class Version:
    """A version by its number, its moment, and its place: a history has its newest first."""

    number: int | None
    moment: datetime | None
    place: int

    def is_newer(self, other: Version) -> bool:
        """True when this version replaced `other`."""
        if self.number is not None and other.number is not None and self.number != other.number:
            return self.number > other.number
        if self.moment is not None and other.moment is not None and self.moment != other.moment:
            return self.moment > other.moment
        return self.place < other.place


def version_of(
    resource: Mapping[str, Any],
    request: Mapping[str, Any],
    response: Mapping[str, Any],
    place: int,
) -> Version:
    """The version of an entry, by its `meta` or by what the server said of the request."""
    meta = resource.get("meta")
    meta = meta if isinstance(meta, Mapping) else {}
    named = _OF_URL.search(str(request.get("url", "")))
    etag = _OF_ETAG.search(str(response.get("etag", "")))
    number = meta.get("versionId") or (etag[1] if etag else "") or (named[1] if named else "")
    moment = _moment(meta.get("lastUpdated")) or _moment(response.get("lastModified"))
    whole = str(number).isdecimal() and len(str(number)) < 19
    return Version(int(number) if whole else None, moment, place)


def _moment(text: Any) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None
    return moment.replace(tzinfo=UTC) if moment is not None and moment.tzinfo is None else moment


def deleted_address(request: Mapping[str, Any], full_url: str | None) -> str | None:
    """`Type/id` of what a DELETE entry of a history took away; None when it does not say."""
    for url in (str(request.get("url", "")), full_url or ""):
        parts = absolute(url)
        key = parts[1] if parts is not None else key_of_literal(url)
        if is_address(key):
            return key
    return None
