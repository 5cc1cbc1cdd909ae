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

_PART = re.compile(
    r"""[\s,]*(?:
        (?P<name>[A-Za-z][\w-]*)\s*=\s*(?:"(?P<quoted>(?:[^"\\]|\\.)*)"|(?P<bare>[^\s,"]+))
        |(?P<scheme>[A-Za-z][\w-]*)(?:\s+[\w.~+/-]+=*(?=\s*(?:,|\Z)))?(?=[\s,]|\Z)
    )""",
    re.VERBOSE | re.ASCII,
)
"""The next parameter, or the scheme of the next challenge and what it may have instead of
parameters (RFC 9110 11.6.1). Read from the front: nothing inside quotes is taken for one."""


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
    for scheme, found in _challenges(header):
        if scheme == "uma" and "as_uri" in found and "ticket" in found:
            return Challenge(found.get("realm", ""), found["as_uri"], found["ticket"])
    return None


def _challenges(header: str) -> list[tuple[str, dict[str, str]]]:
    """Each challenge, its scheme in lower case; whatever is no challenge ends the list."""
    found: list[tuple[str, dict[str, str]]] = []
    place = 0
    while part := _PART.match(header, place):
        place = part.end()
        if part["scheme"] is not None:
            found.append((part["scheme"].lower(), {}))
        elif found:
            quoted = part["quoted"]
            value = part["bare"] if quoted is None else re.sub(r"\\(.)", r"\1", quoted)
            found[-1][1].setdefault(part["name"].lower(), value)
    return found


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
