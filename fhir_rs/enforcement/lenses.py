"""A Grant as few filters as possible: entries with equal masks and limits look through one lens."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from fhir_rs.enforcement.grant import OTHER_TYPE, Clause, Grant
from fhir_rs.enforcement.kinds import slot_of
from heart_uma.levels import LEVELS
from heart_uma.resources import Limits

EVERY_BIT = (1 << 61) - 1
HIDDEN = LEVELS["hidden"]


@dataclass(frozen=True, slots=True)
class Lens:
    """What one group of entries shows: these slots, no denied bit, these limits.

    A lens is never wider than each single entry it was made from, since mask and limits are equal.
    """

    slots: tuple[str, ...]
    types: tuple[str, ...]
    denied: int
    limits: Limits

    @property
    def since_day(self) -> int | None:
        """First day of the window, as a proleptic ordinal."""
        since = self.limits.since
        return date.fromisoformat(since).toordinal() if since else None

    @property
    def until_day(self) -> int | None:
        """Last day of the window."""
        until = self.limits.until
        return date.fromisoformat(until).toordinal() if until else None

    @property
    def other(self) -> bool:
        """True when this lens speaks about the kind `other`."""
        return slot_of(OTHER_TYPE, "other") in self.slots


@lru_cache(maxsize=1024)
def lenses_of(grant: Grant, action: str) -> tuple[Lens, ...]:
    """The lenses of the entries that grant `action` (read or write)."""
    groups: dict[tuple[int, Limits], list[Clause]] = {}
    for clause in grant.allowing(action):
        groups.setdefault((clause.allowed, clause.limits), []).append(clause)
    return tuple(
        Lens(
            slots=tuple(sorted({slot_of(c.type, c.kind) for c in clauses})),
            types=tuple(sorted({c.type for c in clauses} - {OTHER_TYPE})),
            denied=EVERY_BIT & ~allowed,
            limits=limits,
        )
        for (allowed, limits), clauses in groups.items()
    )


@dataclass(frozen=True, slots=True)
class Facet:
    """The columns of one resource that decide who sees it; the model the SQL is tested against."""

    address: str
    type: str
    slot: str
    labels: int
    level: int
    day_low: int | None = None
    day_high: int | None = None


def shows(lens: Lens, facet: Facet) -> bool:
    """What the SQL of a lens says about one resource, in Python (see models/visibility.py)."""
    by_rule = facet.slot in lens.slots and not facet.labels & lens.denied and facet.level == 0
    right_type = facet.type in lens.types or (lens.other and facet.slot == "Resource:other")
    by_name = facet.address in lens.limits.also and right_type and facet.level < HIDDEN
    if not (by_rule or by_name) or facet.address in lens.limits.except_:
        return False
    if lens.limits.only is not None and facet.address not in lens.limits.only:
        return False
    return facet.type == "Patient" or in_window(lens, facet)


def in_window(lens: Lens, facet: Facet) -> bool:
    """True when the whole of what the facet's date can mean lies between the lens's days."""
    # A record without a date, or one whose date is too vague, is not known to lie inside.
    since, until = lens.since_day, lens.until_day
    if since is not None and (facet.day_low is None or facet.day_low < since):
        return False
    return until is None or (facet.day_high is not None and facet.day_high <= until)


def why_held(lenses: tuple[Lens, ...], facet: Facet) -> str:
    """Why no lens shows `facet`: hidden, pick, kind, named, topic or dates (for `$preview`)."""
    if facet.level == HIDDEN:
        return "hidden"
    of_kind = [lens for lens in lenses if facet.slot in lens.slots]
    if not of_kind:
        return "kind"
    named = [
        lens
        for lens in of_kind
        if facet.address in lens.limits.except_
        or (lens.limits.only is not None and facet.address not in lens.limits.only)
    ]
    if len(named) == len(of_kind):
        return "named"
    of_kind = [lens for lens in of_kind if lens not in named]
    if facet.level:
        return "pick"
    if all(facet.labels & lens.denied for lens in of_kind):
        return "topic"
    return "dates"


def denied_topics(lenses: tuple[Lens, ...], facet: Facet) -> int:
    """The bits of `facet` that every entry about its kind denies."""
    denied = facet.labels
    for lens in lenses:
        if facet.slot in lens.slots:
            denied &= lens.denied
    return denied
