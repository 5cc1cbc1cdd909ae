"""PURE. What a party sees and does not see, record by record, as the clinics answered it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, NamedTuple

from heart_uma.kinds import KINDS
from heart_uma.topics import TOPICS

LONGEST_REASON = 200


class Because(NamedTuple):
    """Why a record gives a topic away: the word in it, what that is, and what it is for."""

    word: str = ""
    name: str = ""
    use: str = ""


NO_REASON = Because()


@dataclass(frozen=True, slots=True)
class Row:
    """One record of the patient: shown, held back (with the reason), or a hint."""

    record: str
    id: str
    kind: str
    title: str
    date: str | None = None
    source: str = ""
    why: str = ""
    topics: tuple[str, ...] = ()
    level: str = "rules"
    found: str = ""
    """The name by which its clinic found it when she looked for something."""
    because: Because = NO_REASON

    @property
    def reference(self) -> str:
        """The name policies use for this one record."""
        return f"{self.record}/{self.id}"

    @property
    def has_unread_file(self) -> bool:
        """A hint at a file of it that its clinic could not read."""
        return self.topics == ("unread",)

    @classmethod
    def read(cls, record: str, clinic: str, wire: Mapping[str, Any]) -> Row:
        """A row of a clinic's answer; what is missing becomes plain words, never an error."""
        topics = wire.get("topics") or ([wire["topic"]] if wire.get("topic") else [])
        return cls(
            record=record,
            id=str(wire.get("id", "")),
            kind=str(wire.get("kind") or "other"),
            title=str(wire.get("title") or wire.get("id", "")),
            date=str(wire["date"]) if wire.get("date") else None,
            source=str(wire.get("source") or clinic),
            why=str(wire.get("why") or ""),
            topics=tuple(str(topic) for topic in topics),
            level=str(wire.get("level") or "rules"),
            found=str(wire.get("found") or ""),
            because=_because(wire.get("because")),
        )


def _because(wire: object) -> Because:
    """The reason of a hint; an empty one where the clinic gives none that can be read."""
    told = wire if isinstance(wire, Mapping) else {}
    return Because(*(str(told.get(part) or "")[:LONGEST_REASON] for part in Because._fields))


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

    def hinting(self) -> list[Row]:
        """The records that may give a topic away, each once."""
        return list({row.reference: row for row in self.hints if not row.has_unread_file}.values())


def _holds(title: str, wanted: list[str]) -> bool:
    return all(word in title.casefold() for word in wanted)


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
