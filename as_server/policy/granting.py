"""What one permit gives on the resources of a request: one entry a resource (Grant 3.3.4)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from as_server.policy.model import (
    AccessRequest,
    Entry,
    Reason,
    RequestedResource,
    SharingPolicy,
    WhatLevel,
    base_scopes,
)
from as_server.policy.weighing import (
    NOTHING,
    kind_withheld_by,
    named_closed,
    named_kept,
    topic_withheld_by,
    topics_overridden,
)
from heart_uma.resources import Limits

ALWAYS_LIFTED = frozenset({"conf/N"})


class Asked(NamedTuple):
    """RequestedScopes(r), split: scopes that reach data, those that only read, those that lift."""

    all: frozenset[str]
    base: frozenset[str]
    reading: frozenset[str]


@lru_cache(maxsize=4096)
def asked_scopes(
    ticket: frozenset[str], requested: frozenset[str], registered: frozenset[str]
) -> Asked:
    """TicketScopes(r) and what the client named, as far as r offers it now (Grant 3.3.4)."""
    asked = (ticket | requested) & registered
    base = base_scopes(asked)
    return Asked(asked, base, frozenset(scope for scope in base if scope.endswith(".read")))


def asked_of(request: AccessRequest, resource: RequestedResource) -> Asked:
    """RequestedScopes(r) of one resource of a request."""
    return asked_scopes(resource.ticket_scopes, request.requested_scopes, resource.registered)


def lifted_scopes(permit: SharingPolicy, withholders: Sequence[SharingPolicy]) -> frozenset[str]:
    """The label scopes a permit lifts: N, and each of its topics that no rule keeps closed."""
    scopes = permit.what.topic_scopes
    if not scopes:
        return ALWAYS_LIFTED
    return ALWAYS_LIFTED.union(
        scope
        for topic, scope in scopes.items()
        if topic_withheld_by(permit, topic, WhatLevel.TOPIC, withholders) is None
    )


def limits_of(
    permit: SharingPolicy,
    resource: RequestedResource,
    by_kind: bool,
    withholders: Sequence[SharingPolicy],
) -> Limits | None:
    """The limits of a permit on a resource; None when it gives nothing there."""
    what, place = permit.what, (resource.record, resource.fhir_type)
    kept = named_kept(permit, resource, withholders)
    also = NOTHING if topics_overridden(permit, withholders) else kept
    if by_kind:
        closed = named_closed(permit, place, kept, withholders)
        return Limits(None, also, closed, what.since, what.until)
    if not kept:
        return None
    return Limits(kept, also, NOTHING, what.since, what.until)


def entries_of(
    permit: SharingPolicy, request: AccessRequest, withholders: Sequence[SharingPolicy]
) -> tuple[list[Entry], list[Reason]]:
    """Every permission that one matching permit gives, and what was taken from it, with reasons."""
    what = permit.what
    lifted = lifted_scopes(permit, withholders)
    limited = bool(what.include or what.exclude or what.since or what.until) or any(
        withholder.what.include for withholder in withholders
    )
    exp = None if permit.when.end is None else int(permit.when.end.timestamp())
    by_kind: dict[str, bool] = {}
    entries: list[Entry] = []
    reasons: list[Reason] = []
    for resource in request.resources:
        kind = resource.kind
        if kind not in by_kind:
            by_kind[kind] = _gives_kind(permit, kind, withholders, reasons)
        whole = by_kind[kind] and what.reaches(resource.record)
        if not (whole or limited):
            continue
        limits: Limits | None = None
        if limited:
            limits = limits_of(permit, resource, whole, withholders)
            if limits is None or not _enforceable(limits, request):
                continue
            limits = limits if limits and request.limits_supported else None
        asked = asked_of(request, resource)
        base = asked.base if what.write else asked.reading
        if asked.base and not base:
            continue
        scopes = base | (asked.all & lifted)
        entries.append(Entry(resource.resource_id, scopes, permit.id, limits, exp))
    return entries, reasons


def _gives_kind(
    permit: SharingPolicy, kind: str, withholders: Sequence[SharingPolicy], reasons: list[Reason]
) -> bool:
    if permit.what.level_for(kind) is None:
        return False
    winner = kind_withheld_by(permit, kind, withholders)
    if winner is None:
        return True
    reasons.append(Reason("deny" if winner.effect == "deny" else "ask_me", winner.id, kind))
    return False


def _enforceable(limits: Limits, request: AccessRequest) -> bool:
    """An RS that knows no limits may lose `also`, which only adds, but nothing that restricts."""
    if request.limits_supported:
        return True
    return limits.only is None and not (limits.except_ or limits.since or limits.until)
