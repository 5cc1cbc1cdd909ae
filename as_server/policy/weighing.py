"""Which of two policies wins, a permit or what withholds from it.

A deny, for what it covers, beats every permit, however closely the permit names the record, unless
the permit is for the denied party itself or for a part of it. Among the rest what is compared
first (record, topic, kind, everything), then who (person, role, organization, anyone), and on a
tie what withholds wins: a deny, then "ask me first". Both subtract from a permit and never add, so
one more of them can only leave less.
"""

from __future__ import annotations

from collections.abc import Sequence

from as_server.policy.model import RequestedResource, SharingPolicy, WhatLevel, WhoLevel

Place = tuple[str, str]
NOTHING: frozenset[str] = frozenset()


def outweighs(
    withholder: SharingPolicy, level: WhatLevel, permit: SharingPolicy, permit_level: WhatLevel
) -> bool:
    """True when the withholder, speaking at `level`, beats the permit at `permit_level`."""
    if overrides(withholder, permit):
        return True
    if level != permit_level:
        return level > permit_level
    return withholder.who.level >= permit.who.level


def overrides(withholder: SharingPolicy, permit: SharingPolicy) -> bool:
    """True for a deny that beats the permit whatever the two are about: the permit is not for the
    denied party itself, nor for a part of it.

    Everyone is a part of anyone. A person is a part of any role and organization that a deny may
    reach them by: if they are of it, for that reason, and if they are not, it does not reach them.
    A role is no part of an organization, nor the other way round: to be let in for the one does
    not undo being shut out for the other.
    """
    if withholder.effect != "deny" or withholder.who.level is WhoLevel.ANYONE:
        return False
    return withholder.who != permit.who and permit.who.level is not WhoLevel.PERSON


def kind_withheld_by(
    permit: SharingPolicy, kind: str, withholders: Sequence[SharingPolicy]
) -> SharingPolicy | None:
    """The first policy that takes `kind` away from a permit; None if none does."""
    permit_level = permit.what.level_for(kind)
    if permit_level is None:
        return None
    for withholder in withholders:
        level = withholder.what.level_for(kind)
        if level is not None and outweighs(withholder, level, permit, permit_level):
            return withholder
    return None


def topic_withheld_by(
    permit: SharingPolicy, topic: str, permit_level: WhatLevel, withholders: Sequence[SharingPolicy]
) -> SharingPolicy | None:
    """The first policy that keeps `topic` closed against a permit at `permit_level`."""
    for withholder in withholders:
        if withholder.what.closes(topic) and outweighs(
            withholder, WhatLevel.TOPIC, permit, permit_level
        ):
            return withholder
    return None


def named_kept(
    permit: SharingPolicy, resource: RequestedResource, withholders: Sequence[SharingPolicy]
) -> frozenset[str]:
    """The records a permit names at a resource and still gives: its own `exclude` wins, then what
    withholds the kind whatever is named, then what names the record and the party as closely."""
    place = (resource.record, resource.fhir_type)
    named = permit.what.included.get(place, NOTHING)
    if not named:
        return NOTHING
    named -= permit.what.excluded.get(place, NOTHING)
    for withholder in withholders:
        level = withholder.what.level_for(resource.kind)
        if level is not None and outweighs(withholder, level, permit, WhatLevel.RECORD):
            return NOTHING
        taken = withholder.what.included.get(place, NOTHING) & named
        if taken and outweighs(withholder, WhatLevel.RECORD, permit, WhatLevel.RECORD):
            named -= taken
    return named


def topics_overridden(permit: SharingPolicy, withholders: Sequence[SharingPolicy]) -> bool:
    """True when a deny of a topic beats the permit even for a record it names.

    Which records carry the topic is known to the resource server alone, so the named records are
    then shown only as their labels allow, and not in spite of them.
    """
    return any(one.what.topics and overrides(one, permit) for one in withholders)


def named_closed(
    permit: SharingPolicy, place: Place, kept: frozenset[str], withholders: Sequence[SharingPolicy]
) -> frozenset[str]:
    """The records at a place that a permit by kind must leave out: a name beats any kind."""
    closed = permit.what.excluded.get(place, NOTHING)
    for withholder in withholders:
        if named := withholder.what.included.get(place):
            closed = closed | (named - kept)
    return closed
