"""PURE. What a party sees and does not see, record by record, as the clinics answered it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from heart_uma.kinds import KINDS
from heart_uma.topics import TOPICS
from patient_portal.policies.row import Row
from patient_portal.policies.terms import What


@dataclass(frozen=True, slots=True)
class View:
    """The answers of all clinics put together; `down` names those that did not answer."""

    shown: tuple[Row, ...] = ()
    held: tuple[Row, ...] = ()
    hints: tuple[Row, ...] = ()
    down: tuple[str, ...] = ()
    known_at: datetime | None = None
    elsewhere: tuple[str, ...] = ()
    """What a place that gives no preview is opened too, by name."""
    missing: tuple[str, ...] = ()
    """Those of `down` of which nothing is known from before either."""

    @property
    def total(self) -> int:
        return len(self.shown) + len(self.held)

    def counts(self) -> dict[str, tuple[int, int]]:
        """For each kind that has records: how many are shown, of how many."""
        shown = Counter(row.kind for row in self.shown)
        held = Counter(row.kind for row in self.held)
        kinds = (key for key, _ in KINDS if shown[key] + held[key])
        return {key: (shown[key], shown[key] + held[key]) for key in kinds}

    def rows_of(self, kind: str) -> tuple[list[Row], list[Row]]:
        return ([r for r in self.shown if r.kind == kind], [r for r in self.held if r.kind == kind])

    def newest(self, kind: str) -> str | None:
        """The latest date among the records of a kind."""
        dates = [r.date for r in (*self.shown, *self.held) if r.kind == kind and r.date]
        return max(dates, default=None)

    def topics(self) -> list[tuple[str, list[Row]]]:
        """The private topics there are records for, most records first."""
        found: dict[str, list[Row]] = {}
        for row in (*self.held, *self.shown):
            for topic in row.topics:
                found.setdefault(topic, []).append(row)
        order = [topic.code for topic in TOPICS]
        return sorted(
            found.items(),
            key=lambda item: (-len(item[1]), order.index(item[0]) if item[0] in order else 99),
        )

    @property
    def hidden(self) -> int:
        return sum(row.why == "hidden" for row in self.held)

    def giving(self) -> dict[str, str]:
        """The record bases that show something, with the names of their clinics: where a link has
        to point. A place that shows nothing is not in it, else its name would tell of it."""
        return {row.record: row.source for row in self.shown}

    def found(self, words: str) -> View:
        """Only the rows that their clinic found by the words, or whose title holds them all.

        A clinic that does not answer, or that cannot look into its records, leaves the titles.
        """
        wanted = words.casefold().split()

        def keep(rows: Iterable[Row]) -> tuple[Row, ...]:
            return tuple(r for r in rows if r.found or _holds(r.title, wanted))

        return replace(self, shown=keep(self.shown), held=keep(self.held))

    def apart(self, what: What) -> View:
        """Of kinds that are shared, what lies at a clinic that is left out is told as that."""
        if not what.places:
            return self

        def told(row: Row) -> Row:
            shared = what.everything or row.kind in what.kinds
            left_out = row.why == "kind" and shared and row.record not in what.places
            return replace(row, why="place") if left_out else row

        return replace(self, held=tuple(told(row) for row in self.held))

    def hinting(self) -> list[Row]:
        """The records that may give a topic away, each once."""
        return list({row.reference: row for row in self.hints if not row.has_unread_file}.values())


def _holds(title: str, wanted: list[str]) -> bool:
    return all(word in title.casefold() for word in wanted)
