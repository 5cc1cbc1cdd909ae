"""assess: what today's policies give to a request (Grant 3.3.4). Total, deterministic, no IO.

Default deny. Permits are alternatives and only add; denies and "ask me first" rules only take
away. The outcomes other than Granted give nothing, whatever they say.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from as_server.policy.granting import asked_of, entries_of
from as_server.policy.matching import (
    fits_purpose,
    is_live,
    may_name_party,
    missing_claim,
    names_party,
)
from as_server.policy.model import (
    AccessRequest,
    Assessment,
    Entry,
    Granted,
    NeedInfo,
    Reason,
    RequestDenied,
    RequestedResource,
    RequestSubmitted,
    SharingPolicy,
    WhatLevel,
    WhoLevel,
)
from as_server.policy.weighing import (
    kind_withheld_by,
    named_kept,
    topic_withheld_by,
)
from heart_uma.topics import TOPICS

TOPIC_OF_SCOPE = {topic.scope: topic.code for topic in TOPICS}
SAID_PURPOSE = "purpose_of_use"
"""What a party says of itself: it opens only what the owner opened for who says it."""


class Rules(NamedTuple):
    """The live policies that concern a request, by the part they play."""

    permits: list[SharingPolicy]
    asks: list[SharingPolicy]
    denies: list[SharingPolicy]
    withholders: list[SharingPolicy]
    unproven: list[SharingPolicy]
    unsaid: list[SharingPolicy]


def assess(
    request: AccessRequest,
    policies: Iterable[SharingPolicy],
    now: datetime,
    *,
    ignore_pause: bool = False,
) -> Assessment:
    """Decide a request by the owner's policies.

    Granted holds one entry for each granting policy and resource, inside what was asked and what
    is registered. NeedInfo lists exactly the claims that a policy waits for. `ignore_pause` is for
    taking away for good (a pause only suspends).
    """
    rules = select(request, policies, now, ignore_pause=ignore_pause)
    entries: list[Entry] = []
    reasons: list[Reason] = []
    for permit in rules.permits:
        given, taken = entries_of(permit, request, rules.withholders)
        reasons.extend(taken)
        if given:
            entries.extend(given)
            reasons.append(Reason("permit", permit.id))
    if entries and not (request.asking and (ask := _askable_rest(request, rules, entries))):
        return Granted(tuple(entries), tuple(reasons))
    if entries and ask:
        return RequestSubmitted(Reason("ask_me", ask.id))
    return _refuse(request, rules, reasons)


def select(
    request: AccessRequest,
    policies: Iterable[SharingPolicy],
    now: datetime,
    *,
    ignore_pause: bool = False,
) -> Rules:
    """Sort the live policies in a fixed order, so that the order they came in does not matter."""
    rules = Rules([], [], [], [], [], [])
    party, purpose = request.party, request.purpose
    for policy in sorted(policies, key=lambda p: (-p.who.level, p.id)):
        if not is_live(policy, now, ignore_pause=ignore_pause):
            continue
        if not fits_purpose(policy, purpose):
            continue
        if policy.effect == "deny" or policy.ask_me:
            if may_name_party(policy.who, party):
                rules.withholders.append(policy)
                if policy.effect == "deny":
                    rules.denies.append(policy)
            if policy.effect == "deny":
                continue
        if names_party(policy.who, party):
            if policy.say_why and purpose is None:
                rules.unsaid.append(policy)
            else:
                (rules.asks if policy.ask_me else rules.permits).append(policy)
        elif missing_claim(policy.who, party) is not None:
            rules.unproven.append(policy)
    return rules


def _refuse(request: AccessRequest, rules: Rules, reasons: list[Reason]) -> Assessment:
    """Nothing is granted: ask for a word, ask the owner, ask for claims, or deny (the house's
    order). What the party can say at once spares the owner a question."""
    # A deny for one purpose may not stand once the purpose is said.
    standing = [deny for deny in rules.denies if not deny.why]
    for permit in rules.unsaid:
        if any(_askable(permit, r, request, standing) is not None for r in request.resources):
            return NeedInfo((SAID_PURPOSE,))
    for ask in rules.asks:
        if any(_askable(ask, r, request, rules.denies) is not None for r in request.resources):
            return RequestSubmitted(Reason("ask_me", ask.id))
    # Only a deny for anyone is certain to stand whatever claims come.
    certain = [deny for deny in rules.denies if deny.who.level is WhoLevel.ANYONE]
    missing = {
        claim
        for policy in rules.unproven
        if (claim := missing_claim(policy.who, request.party)) is not None
        and any(_askable(policy, r, request, certain) is not None for r in request.resources)
    }
    if missing:
        return NeedInfo(tuple(sorted(missing)))
    denied = [reason for reason in reasons if reason.code == "deny"]
    if not denied and rules.denies:
        denied = [Reason("deny", rules.denies[0].id)]
    return RequestDenied(denied[0] if denied else Reason("default_deny"))


def _askable(
    policy: SharingPolicy,
    resource: RequestedResource,
    request: AccessRequest,
    denies: Sequence[SharingPolicy],
) -> frozenset[str] | None:
    """The asked scopes of a resource that a policy, once satisfied, can reach.

    None when it does not speak about the resource, is denied there, or reaches none of the scopes
    that were asked for.
    """
    level = policy.what.level_for(resource.kind)
    reached = level is not None and policy.what.reaches(resource.record)
    by_kind = reached and kind_withheld_by(policy, resource.kind, denies) is None
    if not by_kind and not named_kept(policy, resource, denies):
        return None
    asked = asked_of(request, resource)
    base = asked.base if policy.what.write else asked.reading
    if asked.base and not base:
        return None
    return base.union(
        scope
        for scope in request.named_scopes & asked.all
        if (topic := TOPIC_OF_SCOPE.get(scope)) is not None
        and not topic_withheld_by(
            policy,
            topic,
            WhatLevel.TOPIC if topic in policy.what.topics else (level or WhatLevel.RECORD),
            denies,
        )
    )


def _askable_rest(
    request: AccessRequest, rules: Rules, entries: Sequence[Entry]
) -> SharingPolicy | None:
    """The ask-me rule under which something asked for, and not granted, may still be asked."""
    granted: dict[str, set[str]] = {}
    for entry in entries:
        granted.setdefault(entry.resource_id, set()).update(entry.scopes)
    for ask in rules.asks:
        for resource in request.resources:
            wanted = _askable(ask, resource, request, rules.denies)
            if wanted and wanted - granted.get(resource.resource_id, set()):
                return ask
    return None
