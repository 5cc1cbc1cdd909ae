"""The entity tags that a client names in If-Match and If-None-Match (RFC 9110 8.8.3, R4 http)."""

from __future__ import annotations

import re

_TAG = re.compile(r'\s*(?:(?:W/)?"([^"]*)"|(?:W/)?([^\s,"]+))\s*(?:,|\Z)')


def names(header: str, tag: str) -> bool:
    """True when `header` names `tag`, or any with `*`.

    Parameters: `tag` is what stands between the quotes. A version is compared by it alone, weak or
    not (R4 http 3.1.0.5); some clients send it without the quotes.

    >>> names('W/"2", W/"3"', "3"), names("3", "3"), names('"3-a,b"', "3")
    (True, True, False)
    """
    at = 0
    while at < len(header):
        match = _TAG.match(header, at)
        if match is None:
            return False
        if match[0].strip(" \t,") == "*" or tag in (match[1], match[2]):
            return True
        at = match.end()
    return False
