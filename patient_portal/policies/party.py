"""PURE. One person or group with all the live shares that name them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from patient_portal.policies.policy import Policy


@dataclass(frozen=True)
class Party:
    """One person (or group) with all the shares that name them."""

    policies: tuple[Policy, ...]

    @property
    def first(self) -> Policy:
        """The share that stands for the party: one that is on before one that is paused."""
        return min(self.policies, key=lambda p: (p.state != "on", p.created is None, p.id))

    @property
    def key(self) -> str:
        return self.first.who.key

    @property
    def name(self) -> str:
        return self.first.label.name or self.first.who.key

    @property
    def paused(self) -> bool:
        return self.first.state == "paused"

    def naming(self, reference: str) -> tuple[Policy, ...]:
        """The shares of theirs that show this one record by name."""
        return tuple(one for one in self.policies if reference in one.what.records.include)

    @property
    def ends(self) -> datetime | None:
        """The last end of the shares; None when one has no end."""
        ends = [p.when.until for p in self.policies]
        return None if None in ends else max(e for e in ends if e is not None)


def is_live(policy: Policy, now: datetime) -> bool:
    """On or paused, and not past its end."""
    over = policy.when.until is not None and policy.when.until <= now
    return policy.state in ("on", "paused") and not over


def parties(policies: Iterable[Policy], now: datetime) -> list[Party]:
    """Live shares, put together by the person they are for, in order of their names."""
    found: dict[str, list[Policy]] = {}
    for policy in policies:
        if policy.is_share and is_live(policy, now):
            found.setdefault(policy.who.key, []).append(policy)
    many = [Party(tuple(group)) for group in found.values()]
    return sorted(many, key=lambda party: (party.paused, party.name.casefold()))
