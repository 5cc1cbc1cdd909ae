"""Which of two policies wins: what first (record, topic, kind, everything), then who.

Denies and "ask me first" rules withhold. A deny wins a tie, an ask loses it. Both subtract from a
permit and never add, so one more of them can only leave less.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from as_server.policy.model import SharingPolicy, WhatLevel

Place = tuple[str, str]
NOTHING: frozenset[str] = frozenset()


class Withholder(NamedTuple):
    """A policy that takes from permits, and whether it wins at equal specificity."""

    policy: SharingPolicy
    wins_ties: bool


def outweighs(
    withholder: Withholder, level: WhatLevel, permit: SharingPolicy, permit_level: WhatLevel
) -> bool:
    """True when the withholder, speaking at `level`, beats the permit at `permit_level`."""
    if level != permit_level:
        return level > permit_level
    mine, theirs = withholder.policy.who.level, permit.who.level
    return mine > theirs or (withholder.wins_ties and mine == theirs)


def kind_withheld_by(
    permit: SharingPolicy, kind: str, withholders: Sequence[Withholder]
) -> SharingPolicy | None:
    """The first policy that takes `kind` away from a permit; None if none does."""
    permit_level = permit.what.level_for(kind)
    if permit_level is None:
        return None
    for withholder in withholders:
        level = withholder.policy.what.level_for(kind)
        if level is not None and outweighs(withholder, level, permit, permit_level):
            return withholder.policy
    return None


def topic_withheld_by(
    permit: SharingPolicy, topic: str, permit_level: WhatLevel, withholders: Sequence[Withholder]
) -> SharingPolicy | None:
    """The first policy that keeps `topic` closed against a permit at `permit_level`."""
    for withholder in withholders:
        if withholder.policy.what.closes(topic) and outweighs(
            withholder, WhatLevel.TOPIC, permit, permit_level
        ):
            return withholder.policy
    return None


def named_kept(
    permit: SharingPolicy, place: Place, withholders: Sequence[Withholder]
) -> frozenset[str]:
    """The records a permit names at a place and still gives: its own `exclude` wins, then denies
    that name the record and the party at least as closely."""
    named = permit.what.included.get(place, NOTHING)
    if not named:
        return NOTHING
    named -= permit.what.excluded.get(place, NOTHING)
    for withholder in withholders:
        taken = withholder.policy.what.included.get(place, NOTHING) & named
        if taken and outweighs(withholder, WhatLevel.RECORD, permit, WhatLevel.RECORD):
            named -= taken
    return named


def named_closed(
    permit: SharingPolicy, place: Place, kept: frozenset[str], withholders: Sequence[Withholder]
) -> frozenset[str]:
    """The records at a place that a permit by kind must leave out: a name beats any kind."""
    closed = permit.what.excluded.get(place, NOTHING)
    for withholder in withholders:
        if named := withholder.policy.what.included.get(place):
            closed = closed | (named - kept)
    return closed
