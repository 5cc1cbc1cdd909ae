"""What may leave a service of one exchange: no cookie, no password, no whole token.

An allow-list: a header or a form's field that is not named here is not shown.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from demo.capture.bodies import shown_body
from demo.capture.exchange import Body, Exchange, Headers
from demo.capture.fields import cut_pairs
from demo.capture.tokens import Keys, Tokens

ASKED = frozenset(
    "Host Accept Content-Type Content-Length Authorization Prefer If-Match Traceparent".split()  # noqa: SIM905
)
SAID = frozenset(
    "Content-Type Content-Length Www-Authenticate Warning Location Etag Retry-After "  # noqa: SIM905
    "Cache-Control".split()
)
_CHALLENGED = re.compile(r'(ticket=")([^"]+)(")')
_HANDLE = re.compile(r"(?<=/)(?=[\w-]*[0-9A-Z_])[\w-]{20,}(?=/|\Z)", re.ASCII)
"""A part of a path that nobody could guess: of a sign-in that waits, of an invitation."""
_RECORDS = "/fhir/"
"""Where a record is, the stage says on its first page; what is in it has ids of its own."""


@dataclass(frozen=True)
class Redaction:
    """How this service shows what it heard."""

    issuer: str
    salt: str
    keys: Keys

    def shown(self, exchange: Exchange) -> dict[str, Any]:
        """The message for the stage, in members of JSON."""
        tokens = Tokens(self.issuer, self.salt, self.keys)
        said = exchange.said or []
        return {
            "side": exchange.side,
            "trace": exchange.place.trace,
            "span": exchange.place.span,
            "alone": exchange.alone,
            "started": exchange.started,
            "ended": exchange.ended,
            "method": exchange.method,
            "url": cut_address(exchange.url, tokens),
            "status": exchange.status,
            "asked": _headers(exchange.asked, ASKED, tokens),
            "question": _body(exchange.asked, exchange.question, tokens),
            "said": _headers(said, SAID, tokens),
            "answer": _body(said, exchange.answer or Body(), tokens),
            "tokens": tokens.found,
        }


def cut_address(url: str, tokens: Tokens) -> str:
    """An address without user info and fragment; its query as a form's fields."""
    parts = urlsplit(url)
    path = parts.path
    if not path.startswith(_RECORDS):
        path = _HANDLE.sub(lambda found: tokens.cut(found[0], "handle"), path)
    host = parts.netloc.rpartition("@")[2]
    base = f"{parts.scheme}://{host}{path}" if parts.scheme else path
    pairs = parse_qsl(parts.query, keep_blank_values=True)
    shown = "&".join(f"{name}={value}" for name, value in cut_pairs(pairs, tokens, query=True))
    return f"{base}?{shown}" if shown else base


def _headers(headers: Headers, wanted: frozenset[str], tokens: Tokens) -> Headers:
    named = ((name.title(), value) for name, value in headers)
    return [(name, _header(name, value, tokens)) for name, value in named if name in wanted]


def _header(name: str, value: str, tokens: Tokens) -> str:
    if name == "Location":
        return cut_address(value, tokens)
    if name == "Www-Authenticate":
        return _CHALLENGED.sub(lambda m: m[1] + tokens.cut(m[2], "ticket") + m[3], value)
    if name == "Authorization":
        scheme, _, token = value.partition(" ")
        if scheme.lower() != "bearer":
            return f"{scheme} (left out)"
        return f"{scheme} {tokens.cut(token.strip(), 'access_token')}"
    return value


def _body(headers: Headers, body: Body, tokens: Tokens) -> dict[str, Any]:
    named = {name.title(): value for name, value in headers}
    kind = named.get("Content-Type", "").partition(";")[0].strip().lower()
    coding = named.get("Content-Encoding", "")
    return {"type": kind, "size": body.size, "text": shown_body(kind, coding, body, tokens)}
