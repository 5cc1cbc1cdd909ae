"""PURE. Who sees one record of hers: each live share, now and at each level that she may choose."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from patient_portal.policies.party import Party
from patient_portal.policies.policy import Policy

LEVELS = ("rules", "pick", "hidden")


@dataclass(frozen=True, slots=True)
class Seer:
    """One person with a live share.

    `now` and `at` (level -> sees it) are None where that could not be asked; `silent` says who
    did not answer: the `service` or the `clinic`. `named` is True where a share of theirs shows
    this record by name.
    """

    party: Party
    named: bool
    now: bool | None
    at: Mapping[str, bool] | None
    silent: str = ""

    @property
    def share(self) -> Policy:
        """The share that stands for them."""
        return self.party.first

    @property
    def name(self) -> str:
        return self.party.name

    def sees_at(self, level: str) -> bool | None:
        """Whether they would see it at a level; a pause shows nothing at any."""
        if self.at is None:
            return None
        return not self.party.paused and bool(self.at.get(level))


def seer(party: Party, reference: str, told: object, *, is_granted_known: bool = True) -> Seer:
    """`told` is the clinic's answer for this party, None without one; whoever is paused sees
    nothing, whatever the others say."""
    named = bool(party.naming(reference))
    at = told.get("at") if isinstance(told, Mapping) else None
    if not isinstance(told, Mapping) or not isinstance(at, Mapping):
        now = False if party.paused else None
        return Seer(party, named, now, None, "clinic" if is_granted_known else "service")
    now = bool(told.get("now")) and not party.paused
    return Seer(party, named, now, {level: bool(at.get(level)) for level in LEVELS})


def seeing(seers: Sequence[Seer]) -> list[str]:
    """The names of those who see it now."""
    return [one.name for one in seers if one.now]


def not_known(seers: Sequence[Seer], silent: str) -> list[str]:
    """Those of whom it is not known because the `clinic` or the `service` did not answer."""
    return [one.name for one in seers if one.now is None and one.silent == silent]


@dataclass(frozen=True, slots=True)
class Change:
    """What choosing a level would change, before anything is saved: names."""

    losing: tuple[str, ...]
    gaining: tuple[str, ...]
    is_all: bool
    """False where more may change: not everybody could be asked about."""


def change(seers: Sequence[Seer], level: str) -> Change:
    """What choosing `level` changes for those of whom it is known."""
    known = [(one.name, bool(one.now), bool(one.sees_at(level))) for one in seers if one.at]
    return Change(
        losing=tuple(name for name, now, then in known if now and not then),
        gaining=tuple(name for name, now, then in known if then and not now),
        is_all=all(one.now is not None for one in seers),
    )
