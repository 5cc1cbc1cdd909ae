"""Deciding beside a rule that cannot be read: whom it withholds from is given nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from as_server.policy.model import SharingPolicy, Who


def beside_unread(policies: Iterable[SharingPolicy], unread: Sequence[Who]) -> list[SharingPolicy]:
    """The policies without the permits that a deny or "ask me first" which cannot be read may be
    about: nobody knows any more what it leaves over."""
    return [
        policy
        for policy in policies
        if policy.effect == "deny" or not any(_may_meet(policy.who, who) for who in unread)
    ]


def _may_meet(permit: Who, withheld: Who) -> bool:
    """True unless no party can be both: two different persons, roles or organizations."""
    return permit.level is not withheld.level or permit.value == withheld.value
