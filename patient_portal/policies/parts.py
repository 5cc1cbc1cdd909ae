"""PURE. What several calls of one visit showed: how many records at least, and if that is all."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Part:
    """What one call showed: so many records, of these kinds, at one clinic."""

    clinic: str
    kinds: frozenset[str]
    count: int


def distinct(parts: Iterable[Part]) -> tuple[int, bool]:
    """How many records these calls showed at least, and whether that is all of them.

    Kinds tell: what shows the same kinds again, or some of them, shows the same records; other
    kinds are other records; kinds that overlap, or other numbers, leave it open.
    """
    taken: dict[tuple[str, frozenset[str]], int] = {}
    exact = True
    for part in sorted(parts, key=lambda one: (-len(one.kinds), -one.count)):
        shown = [(kinds, n) for (clinic, kinds), n in taken.items() if clinic == part.clinic]
        if not any(kinds & part.kinds for kinds, _ in shown):
            taken[part.clinic, part.kinds] = part.count
        elif not any(part.kinds < kinds for kinds, _ in shown):
            exact = exact and (part.kinds, part.count) in shown
    return sum(taken.values()), exact
