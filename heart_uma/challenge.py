"""The UMA challenge, written and read: realm, as_uri, ticket (Grant 3.2.1)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

AS_UNREACHABLE_WARNING = '199 - "UMA Authorization Server Unreachable"'
"""The Warning header of a resource server that cannot get a ticket (Grant 3.2.2)."""
EXTENSION = "https://heart-uma.example/fhir/StructureDefinition/uma-challenge"
"""The OperationOutcome extension that repeats the challenge for clients that drop headers."""

_PARAMETER = re.compile(r'([A-Za-z][A-Za-z0-9_-]*)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))')
_UMA = re.compile(r"(?:^|,)\s*UMA\s+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Challenge:
    """What a tokenless client learns: `realm`, `as_uri` (the AS's issuer) and a fresh `ticket`."""

    realm: str
    as_uri: str
    ticket: str


def _quoted(text: str) -> str:
    if any(ord(character) < 0x20 or ord(character) > 0x7E for character in text):
        raise ValueError("a challenge parameter must be printable ASCII")
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def format_challenge(challenge: Challenge) -> str:
    """The value of the `WWW-Authenticate` header; raise ValueError for unprintable parts."""
    return (
        f"UMA realm={_quoted(challenge.realm)}, as_uri={_quoted(challenge.as_uri)}, "
        f"ticket={_quoted(challenge.ticket)}"
    )


def to_extension(challenge: Challenge) -> dict[str, Any]:
    """The challenge as an extension of an OperationOutcome."""
    return {
        "url": EXTENSION,
        "extension": [
            {"url": "as_uri", "valueUri": challenge.as_uri},
            {"url": "ticket", "valueString": challenge.ticket},
        ],
    }


def _from_header(header: str) -> Challenge | None:
    start = _UMA.search(header)
    if start is None:
        return None
    found: dict[str, str] = {}
    for name, quoted, bare in _PARAMETER.findall(header[start.end() :]):
        found.setdefault(name.lower(), re.sub(r"\\(.)", r"\1", quoted) if quoted else bare)
    if "as_uri" not in found or "ticket" not in found:
        return None
    return Challenge(found.get("realm", ""), found["as_uri"], found["ticket"])


def _from_outcome(body: Any) -> Challenge | None:
    if not isinstance(body, Mapping):
        return None
    for extension in body.get("extension", []):
        if isinstance(extension, Mapping) and extension.get("url") == EXTENSION:
            parts = {
                part.get("url"): part.get("valueUri") or part.get("valueString")
                for part in extension.get("extension", [])
                if isinstance(part, Mapping)
            }
            as_uri, ticket = parts.get("as_uri"), parts.get("ticket")
            if isinstance(as_uri, str) and isinstance(ticket, str):
                return Challenge("", as_uri, ticket)
    return None


def parse_challenge(header: str | None, body: Any = None) -> Challenge | None:
    """Read a challenge from the header, else from the OperationOutcome `body`; None when absent."""
    challenge = _from_header(header) if header else None
    return challenge or _from_outcome(body)
