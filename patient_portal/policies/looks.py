"""PURE. Who looked: the clinics' entries put into plain lines, weeks and a file."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Any

from heart_ui.words import N_

SAME_VISIT = timedelta(minutes=10)
OPENED, COUNTED, CONFIRMED = "opened", "counted", "confirmed"
"""How they came to know something: by seeing it, by its number, or that what they have is so."""
OLD_KEY, TRIED, REFUSED_THERE = "turned_away", "tried", "denied"
"""How they were turned away before any clinic showed something: the sharing service knows."""
AT_THE_SERVICE = (OLD_KEY, TRIED, REFUSED_THERE)
PERSON, SYSTEM, DENIED, REFUSED, OWN = "person", "system", "denied", "refused", "own"
OUTCOME_NAMES = {
    PERSON: N_("A person looked"),
    SYSTEM: N_("A system checked"),
    DENIED: N_("Turned away"),
    REFUSED: N_("Did not work"),
    OWN: N_("You looked"),
}
# `nothing`: she was let in, and there was nothing of what she may see. `counted`: she was told how
# many there are, and opened none. `confirmed`: what she has is still as it is at the clinic.
SHOWN = frozenset({"shown", "nothing", "counted", "confirmed", "ok", "allowed", "success"})


@dataclass(frozen=True, slots=True)
class Part:
    """What one call showed: so many records, of these kinds, at one clinic."""

    clinic: str
    kinds: frozenset[str]
    count: int


@dataclass(frozen=True)
class Look:
    """One call, or several of one visit: who, what, when, why, and which rule allowed it."""

    at: datetime
    until: datetime
    who: str
    role: str
    app: str
    clinic: str
    kinds: tuple[str, ...]
    count: int
    why: str | None
    reason: str | None
    policy: str | None
    outcome: str
    calls: int = 1
    told: int = 0
    """How many records they were told of without seeing one."""
    manner: str = OPENED
    parts: tuple[Part, ...] = ()
    """What each call showed, to tell what was opened twice from what was more."""

    @property
    def times(self) -> int:
        """How often they opened it: the calls at one clinic, since a chart asks each."""
        return max(Counter(part.clinic for part in self.parts).values(), default=1)

    @property
    def is_exact(self) -> bool:
        """False where more than `count` may have been seen."""
        return _distinct(self.parts)[1]

    @property
    def line(self) -> tuple[str, str, str]:
        """What can be one line of the page: by one person, of one outcome, in one manner."""
        return self.who, self.outcome, self.manner

    def joins(self, other: Look) -> bool:
        """Whether `other`, which came just before, is part of the same visit."""
        same = (self.line, self.policy) == (other.line, other.policy)
        return same and self.at - other.until <= SAME_VISIT

    def with_earlier(self, other: Look) -> Look:
        kinds = tuple(dict.fromkeys((*other.kinds, *self.kinds)))
        clinics = ", ".join(dict.fromkeys([*other.clinic.split(", "), *self.clinic.split(", ")]))
        return replace(
            self,
            at=other.at,
            until=max(self.until, other.until),
            kinds=kinds,
            clinic=clinics,
            count=_distinct((*other.parts, *self.parts))[0],
            parts=(*other.parts, *self.parts),
            told=self.told + other.told,
            reason=self.reason or other.reason,
            calls=self.calls + other.calls,
        )


def read(clinic: str, wire: Mapping[str, Any], zone: tzinfo | None = UTC) -> Look | None:
    """One entry of a clinic's list, its moments in `zone`; None for one without a time.

    Days and weeks are those of `zone` from here on: what is shown, filtered and counted is one.
    """
    try:
        told = datetime.fromisoformat(str(wire.get("at")))
        at = (told if told.tzinfo else told.replace(tzinfo=UTC)).astimezone(zone)
    except (ValueError, OverflowError):
        return None
    who, what = wire.get("who") or {}, wire.get("what") or {}
    app = wire.get("client")
    number, outcome = int(what.get("count") or 0), wire.get("outcome")
    manner = outcome if outcome in (COUNTED, CONFIRMED) else OPENED
    kinds = tuple(str(kind) for kind in what.get("kinds") or ())
    role = ", ".join(str(who[part]) for part in ("role", "organization") if who.get(part))
    return Look(
        at=at,
        until=at,
        who=str(who.get("name") or ""),
        role=role,
        app=str(app.get("name", "") if isinstance(app, dict) else app or ""),
        clinic=clinic,
        kinds=kinds,
        count=number if manner == OPENED else 0,
        parts=(Part(clinic, frozenset(kinds), number),) if manner == OPENED else (),
        told=0 if manner == OPENED else number,
        manner=manner,
        why=wire.get("why"),
        reason=wire.get("reason"),
        policy=wire.get("policy"),
        outcome=_outcome(wire),
    )


def at_the_service(wire: Mapping[str, Any], zone: tzinfo | None = UTC) -> Look | None:
    """A try that ended at the sharing service: no clinic showed anything, or knows of it."""
    event, who = wire.get("event"), wire.get("who")
    if event not in AT_THE_SERVICE or not isinstance(who, Mapping):
        return None
    told = {"at": wire.get("at"), "who": who, "client": wire.get("client"), "outcome": event}
    more = {"why": wire.get("purpose_of_use"), "reason": wire.get("reason")}
    look = read(str(wire.get("rs") or ""), {**told, **more}, zone)
    return None if look is None else replace(look, outcome=DENIED, manner=str(event), parts=())


def _distinct(parts: Iterable[Part]) -> tuple[int, bool]:
    """How many records these calls showed at least, and whether that is all of them.

    Kinds tell: what shows the same kinds again, or some of them, shows the same records; other
    kinds are other records; kinds that overlap, or other numbers, leave it open.
    """
    taken: dict[tuple[str, frozenset[str]], int] = {}
    exact = True
    for part in sorted(parts, key=lambda one: (-len(one.kinds), -one.count)):
        shown = [(kinds, n) for (clinic, kinds), n in taken.items() if clinic == part.clinic]
        if not any(kinds & part.kinds for kinds, _ in shown):
            taken[part.clinic, part.kinds] = part.count
        elif not any(part.kinds < kinds for kinds, _ in shown):
            exact = exact and (part.kinds, part.count) in shown
    return sum(taken.values()), exact


def _outcome(wire: Mapping[str, Any]) -> str:
    if wire.get("actor") == "owner":
        return OWN
    if wire.get("outcome") == "refused":
        return REFUSED
    if str(wire.get("outcome", "shown")) not in SHOWN:
        return DENIED
    return SYSTEM if wire.get("actor") == "system" else PERSON


def visits(looks: Iterable[Look]) -> list[Look]:
    """Calls close together by one person become one line; newest first."""
    done: list[Look] = []
    last: dict[tuple[str, str, str], int] = {}
    for look in sorted(looks, key=lambda one: one.at):
        place = last.get(look.line)
        if place is not None and look.joins(done[place]):
            done[place] = look.with_earlier(done[place])
        else:
            last[look.line] = len(done)
            done.append(look)
    return sorted(done, key=lambda one: one.until, reverse=True)


def chosen(
    looks: Iterable[Look],
    *,
    who: str = "",
    kind: str = "",
    outcome: str = "",
    since: date | None = None,
    until: date | None = None,
) -> list[Look]:
    """The looks that fit every filter; her own looks only when she asks for them."""
    return [
        look
        for look in looks
        if (not who or look.who == who)
        and (not kind or kind in look.kinds)
        and (look.outcome == outcome if outcome else look.outcome != OWN)
        and (since is None or look.at.date() >= since)
        and (until is None or look.at.date() <= until)
    ]


def by_week(
    looks: Iterable[Look], today: date, weeks: int = 8, *, outcome: str = PERSON
) -> list[tuple[date, int]]:
    """How often this happened in each of the last weeks (their Mondays), oldest first."""
    monday = today - timedelta(days=today.weekday())
    starts = [monday - timedelta(weeks=n) for n in reversed(range(weeks))]
    counts = Counter(
        look.at.date() - timedelta(days=look.at.date().weekday())
        for look in looks
        if look.outcome == outcome
    )
    return [(start, counts[start]) for start in starts]


def most(looks: Iterable[Look]) -> tuple[str, int] | None:
    """Who looked most often."""
    counts = Counter(look.who for look in looks if look.outcome == PERSON and look.who)
    return counts.most_common(1)[0] if counts else None


def as_csv(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A file for a spreadsheet. A cell never starts a formula (names come from strangers)."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(head)
    for row in rows:
        writer.writerow([_harmless(cell) for cell in row])
    return out.getvalue()


def _harmless(cell: str) -> str:
    return (
        f"'{cell}"
        if cell.lstrip(" \t\r\n")[:1] in ("=", "+", "-", "@", "|", "%")
        or cell[:1] in ("\t", "\r", "\n")
        else cell
    )
