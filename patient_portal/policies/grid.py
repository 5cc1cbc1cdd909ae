"""PURE. The home page's grid: people down the side, kinds of records across the top."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from patient_portal.policies.overview import Overview
from patient_portal.policies.party import Party


@dataclass(frozen=True)
class Cell:
    """One box: how many of a kind a person sees. state: all some none paused unknown."""

    kind: str
    shown: int
    total: int
    state: str


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


def row(party: Party, view: Overview, kinds: Sequence[str], said: tuple[str, str]) -> GridRow:
    """One line of the grid; `said` are the words of its state and their tone."""
    counts = view.counts()
    cells = [Cell(kind, *counts.get(kind, (0, 0)), "") for kind in kinds]
    found = tuple(replace(cell, state=_state_of(cell, party, view)) for cell in cells)
    return GridRow(party, found, *said, tuple(view.down), view.known_at, tuple(view.missing))


def _state_of(cell: Cell, party: Party, view: Overview) -> str:
    """What a box shows; where a clinic is not loaded, neither all nor none can be known."""
    if party.paused and cell.shown:
        return "paused"
    if cell.shown:
        return "all" if cell.shown == cell.total and not view.missing else "some"
    return "unknown" if view.missing else "none"
