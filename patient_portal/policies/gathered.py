"""PURE. The answers of the clinics, one after another, put together into one view."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from patient_portal.policies.row import Row
from patient_portal.policies.view import View


@dataclass
class Gathering:
    """Collects the clinics' answers into one view."""

    shown: list[Row] = field(default_factory=list)
    held: list[Row] = field(default_factory=list)
    hints: list[Row] = field(default_factory=list)
    down: list[str] = field(default_factory=list)
    known_at: datetime | None = None
    missing: list[str] = field(default_factory=list)

    def add(self, record: str, clinic: str, wire: Mapping[str, Any]) -> None:
        for name, rows in (("shown", self.shown), ("held", self.held), ("hints", self.hints)):
            rows += [Row.read(record, clinic, one) for one in wire.get(name) or []]

    def view(self) -> View:
        return View(
            _newest_first(self.shown),
            _newest_first(self.held),
            tuple(self.hints),
            tuple(self.down),
            self.known_at,
            missing=tuple(self.missing),
        )


def _newest_first(rows: list[Row]) -> tuple[Row, ...]:
    return tuple(sorted(rows, key=lambda row: (row.date or "", row.title), reverse=True))
