"""PURE. How much of her records a party sees, in numbers, as the clinics answered it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from heart_uma.kinds import KINDS
from heart_uma.topics import TOPICS
from patient_portal.policies.row import Row

_ORDER = {topic.code: place for place, topic in enumerate(TOPICS)}


@dataclass(slots=True)
class Overview:
    """Added up over all clinics; `down` names those that did not answer, and `missing` those of
    them of which nothing is known from before either."""

    shown: Counter[str] = field(default_factory=Counter)
    totals: Counter[str] = field(default_factory=Counter)
    held_topics: Counter[str] = field(default_factory=Counter)
    hidden: int = 0
    hints: list[Row] = field(default_factory=list)
    down: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    known_at: datetime | None = None

    @property
    def total(self) -> int:
        return self.totals.total()

    def counts(self) -> dict[str, tuple[int, int]]:
        """For each kind that has records: how many are shown, of how many."""
        return {key: (self.shown[key], self.totals[key]) for key, _ in KINDS if self.totals[key]}

    def topics(self) -> list[tuple[str, int]]:
        """The private topics there are records for, most records first."""
        found = ((code, number) for code, number in self.held_topics.items() if number)
        return sorted(found, key=lambda item: (-item[1], _ORDER.get(item[0], len(_ORDER))))

    def hinting(self) -> list[Row]:
        """The records that may give a topic away, each once."""
        return list({row.reference: row for row in self.hints if not row.has_unread_file}.values())

    def add(self, record: str, clinic: str, wire: Mapping[str, Any]) -> None:
        """One clinic's answer; what is missing in it counts as nothing, never as an error."""
        for kind, count in _mapping(wire.get("counts")).items():
            self.shown[kind] += _number(_mapping(count).get("shown"))
            self.totals[kind] += _number(_mapping(count).get("total"))
        for topic, number in _mapping(wire.get("topics")).items():
            self.held_topics[topic] += _number(number)
        self.hidden += _number(wire.get("hidden"))
        hints = wire.get("hints")
        self.hints += [
            Row.read(record, clinic, one)
            for one in (hints if isinstance(hints, list) else [])
            if isinstance(one, Mapping)
        ]

    def without_answer(self, clinic: str, known_at: datetime, *, known: bool) -> None:
        """A clinic that does not answer now; `known`: what it said at `known_at` is added."""
        self.down.append(clinic)
        if not known:
            self.missing.append(clinic)
        else:
            self.known_at = min(known_at, self.known_at or known_at)


def in_numbers(wire: Mapping[str, Any]) -> dict[str, Any]:
    """What a clinic would answer in numbers, from what it answered row by row."""
    shown, held = _rows(wire.get("shown")), _rows(wire.get("held"))
    counts: dict[str, dict[str, int]] = {}
    for row in (*shown, *held):
        counts.setdefault(row.kind, {"shown": 0, "total": 0})["total"] += 1
    for row in shown:
        counts[row.kind]["shown"] += 1
    return {
        "counts": counts,
        "topics": Counter(topic for row in held for topic in row.topics),
        "hidden": sum(row.why == "hidden" for row in held),
        "hints": wire.get("hints"),
    }


def _rows(wire: object) -> list[Row]:
    rows = wire if isinstance(wire, list) else []
    return [Row.read("", "", one) for one in rows if isinstance(one, Mapping)]


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _number(value: object) -> int:
    return value if isinstance(value, int) and value > 0 else 0
