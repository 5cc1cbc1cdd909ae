"""PURE. The home page's grid: people down the side, kinds of records across the top."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from patient_portal.policies.policy import Policy
from patient_portal.policies.view import View


@dataclass(frozen=True)
class Cell:
    """One box: how many of a kind a person sees. state: all some none paused unknown."""

    kind: str
    shown: int
    total: int
    state: str


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


@dataclass(frozen=True)
class GridRow:
    party: Party
    cells: tuple[Cell, ...]
    state: str
    tone: str
    down: tuple[str, ...]
    known_at: datetime | None = None
    """Since when its numbers are known, where a clinic does not answer now."""
    missing: tuple[str, ...] = ()
    """Clinics of which nothing is known."""

    @property
    def shown(self) -> int:
        return 0 if self.party.paused else sum(cell.shown for cell in self.cells)


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


def row(party: Party, view: View, kinds: Sequence[str], said: tuple[str, str]) -> GridRow:
    """One line of the grid; `said` are the words of its state and their tone."""
    counts = view.counts()
    cells = [Cell(kind, *counts.get(kind, (0, 0)), "") for kind in kinds]
    found = tuple(replace(cell, state=_state_of(cell, party, view)) for cell in cells)
    return GridRow(party, found, *said, view.down, view.known_at, view.missing)


def _state_of(cell: Cell, party: Party, view: View) -> str:
    """What a box shows; where a clinic is not loaded, neither all nor none can be known."""
    if party.paused and cell.shown:
        return "paused"
    if cell.shown:
        return "all" if cell.shown == cell.total and not view.missing else "some"
    return "unknown" if view.missing else "none"
