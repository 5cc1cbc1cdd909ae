"""PURE. Shares that end by themselves: that one will soon, and that one has.

No line of the history tells of it, since nobody did it: it is read from the shares as they are.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from as_server.policy.model import SharingPolicy

SOON = (7 * 86_400, 86_400)
"""How long before its end a share is told of; the second for one that was made after the first."""


@dataclass(frozen=True, slots=True)
class End:
    """`ending`: it ends at `until`, which is told at `at`; `ended`: it ended at `at`."""

    event: str
    policy: SharingPolicy
    at: int
    until: int


def of_shares(shares: Iterable[tuple[SharingPolicy, int]], now: int) -> list[End]:
    """What there is to tell by now, newest first; each share with the moment it was last changed.

    A share that was made for less than a day is told of when it has ended.
    """
    found = [end for share, changed in shares for end in _of(share, changed) if end.at <= now]
    return sorted(found, key=lambda end: (-end.at, end.policy.id))


def next_after(shares: Iterable[tuple[SharingPolicy, int]], now: int) -> int | None:
    """The next moment at which there will be something to tell."""
    coming = [end.at for share, changed in shares for end in _of(share, changed) if end.at > now]
    return min(coming, default=None)


def _of(share: SharingPolicy, changed: int) -> list[End]:
    live = share.effect == "permit" and not share.ask_me and share.state in ("on", "paused")
    if not live or share.when.end is None:
        return []
    until = int(share.when.end.timestamp())
    before = [until - soon for soon in SOON if until - soon > changed]
    ending = [End("ending", share, before[0], until)] if before else []
    return [*ending, End("ended", share, until, until)]
