"""PURE. Who looked: the clinics' entries put into plain lines, weeks and a file (UX P5)."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Any

SAME_VISIT = timedelta(minutes=10)
OPENED, COUNTED, CONFIRMED = "opened", "counted", "confirmed"
"""How they came to know something: by seeing it, by its number, or that what they have is so."""
PERSON, SYSTEM, DENIED, REFUSED, OWN = "person", "system", "denied", "refused", "own"
OUTCOME_NAMES = {
    PERSON: "A person looked",
    SYSTEM: "A system checked",
    DENIED: "Turned away",
    REFUSED: "Did not work",
    OWN: "You looked",
}
# `nothing`: she was let in, and there was nothing of what she may see. `counted`: she was told how
# many there are, and opened none. `confirmed`: what she has is still as it is at the clinic.
SHOWN = frozenset({"shown", "nothing", "counted", "confirmed", "ok", "allowed", "success"})


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
            count=self.count + other.count,
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
    role = ", ".join(str(who[part]) for part in ("role", "organization") if who.get(part))
    return Look(
        at=at,
        until=at,
        who=str(who.get("name") or ""),
        role=role,
        app=str(app.get("name", "") if isinstance(app, dict) else app or ""),
        clinic=clinic,
        kinds=tuple(str(kind) for kind in what.get("kinds") or ()),
        count=number if manner == OPENED else 0,
        told=0 if manner == OPENED else number,
        manner=manner,
        why=wire.get("why"),
        reason=wire.get("reason"),
        policy=wire.get("policy"),
        outcome=_outcome(wire),
    )


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


def by_week(looks: Iterable[Look], today: date, weeks: int = 8) -> list[tuple[date, int]]:
    """How often a person looked, for each of the last weeks (their Mondays), oldest first."""
    monday = today - timedelta(days=today.weekday())
    starts = [monday - timedelta(weeks=n) for n in reversed(range(weeks))]
    counts = Counter(
        look.at.date() - timedelta(days=look.at.date().weekday())
        for look in looks
        if look.outcome == PERSON
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
