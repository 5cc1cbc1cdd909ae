"""What an entry keeps of its event, and the event again: to the letter what it would have been.

Who took part, for what and by which rules (the agents) is the same for many entries and kept once;
the entry names it by its digest. All else of an event follows from a few words.
"""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from fhir_rs.audit.event import Actor, Happened, Site, build, is_query, kinds_of

_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
_BEGIN, _UNIT = datetime(1970, 1, 1, tzinfo=UTC), timedelta(milliseconds=1)
_ASKED, _BELOW, _NAMED = 0, 1, 2
"""What an entry quotes: the request; that without the path of its record; a resource by name."""


class Compact(NamedTuple):
    """An event as it is kept: its agents with their digest, and the rest."""

    digest: bytes
    agents: str
    what: str


NOTHING = Compact(b"", "", "")
"""Of a log that keeps no entries."""
_UNKNOWN = _ENCODER.encode([*[""] * 8, [], *[""] * 3])


def compacted(actor: Actor, happened: Happened, site: Site, at: datetime) -> Compact:
    """What is kept of the event that `build` would make of the same; it never holds content."""
    how, quoted = _quoted(happened)
    what = [
        happened.interaction,
        (at - _BEGIN) // _UNIT,
        actor.jti,
        how,
        quoted,
        kinds_of(happened),
        happened.total,
        happened.status,
        happened.request_id,
    ]
    return Compact(*_agents(actor, happened.record_base, site), _ENCODER.encode(what))


def rendered(actor: str, outcome: str, agents: str, what: str) -> str:
    """The AuditEvent of an entry, as JSON text; agents that are gone ("") are shown as nobody."""
    interaction, at, jti, how, quoted, kinds, total, status, request_id = json.loads(what)
    *who, purpose, reason, policies, base, at_base, at_name = json.loads(agents or _UNKNOWN)
    happened = Happened(
        record_base=base,
        interaction=interaction,
        outcome=outcome,
        request=_request(how, quoted, base),
        request_id=request_id,
        total=total,
        counted=kinds,
        status=status,
    )
    person = Actor(actor, *who, jti, purpose, reason, tuple(policies))  # type: ignore[call-arg]
    return build(person, happened, Site(at_base, at_name), _BEGIN + at * _UNIT)


@lru_cache(maxsize=1024)
def _agents(actor: Actor, base: str, site: Site) -> tuple[bytes, str]:
    members: list[Any] = [
        actor.name,
        actor.role,
        actor.organization,
        actor.client_id,
        actor.client_name,
        actor.issuer,
        actor.purpose,
        actor.reason,
        actor.policies,
        base,
        site.base,
        site.name,
    ]
    text = _ENCODER.encode(members)
    return hashlib.sha256(text.encode()).digest(), text


def _quoted(happened: Happened) -> tuple[int, str]:
    if happened.entries and not is_query(happened.interaction):
        first = happened.entries[0]
        return _NAMED, f"{first.type}/{first.id}"
    path = _path(happened.record_base)
    if happened.request.startswith(path):
        return _BELOW, happened.request[len(path) :]
    return _ASKED, happened.request


def _request(how: int, quoted: str, base: str) -> str:
    """What the event quotes, whole; of a resource by name that is its address."""
    return f"{('', _path(base), base + '/')[how]}{quoted}"


@lru_cache(maxsize=1024)
def _path(base: str) -> str:
    return urlsplit(base).path
