"""An owner's history as notices: what one of them is made of, and how lines become one.

Nothing is stored twice: a notice is read from the lines that tell of what happened, and they are
kept as long as the account is. What others can bring up at will (refused tries, looks) is put
together by person, app and day, so that a flood of tries makes a notice a day and no more.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select
from sqlalchemy.orm import Session

from as_server.models.audit import AuditEntry

EVENTS = {
    "requests": ("asked", "withdrawn"),
    "decisions": ("answered", "shared", "changed", "paused", "stopped", "linked", "unlinked"),
    "looks": ("issued",),
    "refused": ("denied", "turned_away", "tried"),
}
ABOUT = {event: about for about, events in EVENTS.items() for event in events}
DAY, HOUR = 86_400, 3_600
LINES = AuditEntry.__table__  # type: ignore[attr-defined]
LINE = LINES.c


@dataclass(frozen=True, slots=True)
class Told:
    """Lines of one event, by one person through one app; `line` is the newest of them."""

    line: int
    event: str
    party: str | None
    client_id: str | None
    first_at: int
    at: int
    times: int
    rs_client_id: str | None
    policy: str | None
    purpose: str | None
    reason: str | None

    @property
    def about(self) -> str:
        return ABOUT[self.event]


def of_owner(
    db: Session, owner: str, wanted: Collection[str], *, looks: str, before: int | None, most: int
) -> list[Told]:
    """Her notices of these events, newest first, from below the line `before`."""
    query = _put_together(owner, wanted, looks)
    if before is not None:
        query = query.having(func.max(LINE.seq) < before)
    found = db.execute(query.order_by(func.max(LINE.seq).desc()).limit(most))
    return [Told(*row) for row in found]


def count_after(
    db: Session, owner: str, wanted: Collection[str], *, looks: str, line: int, most: int
) -> int:
    """How many notices came after a line, counted up to `most`: in one statement."""
    some = _put_together(owner, wanted, looks).where(LINE.seq > line).limit(most).subquery()
    return int(db.scalar(select(func.count()).select_from(some)) or 0)


def _put_together(owner: str, wanted: Collection[str], looks: str) -> Select[Any]:
    by = (LINE.event, LINE.party, LINE.client_id, _together(looks))
    shared = _first_shared(owner)
    return (
        select(
            func.max(LINE.seq),
            LINE.event,
            LINE.party,
            LINE.client_id,
            func.min(LINE.at),
            func.max(LINE.at),
            func.count(),
            *(func.max(one) for one in (LINE.rs_client_id, LINE.policy, LINE.purpose, LINE.reason)),
        )
        .select_from(LINES.outerjoin(shared, shared.c.policy == LINE.policy))
        .where(LINE.owner == owner, LINE.event.in_(list(wanted)), _tells_something(shared))
        .group_by(*by)
    )


def _together(looks: str) -> ColumnElement[Any]:
    """What falls together: the refused of a day, looks of a day or an hour, what a clinic that is
    linked registers at once. Anything else is a notice of its own."""
    daily = EVENTS["refused"] + (EVENTS["looks"] if looks == "daily" else ())
    hourly = ("linked", "unlinked") + (() if looks == "daily" else EVENTS["looks"])
    return case(
        (LINE.event.in_(daily), LINE.at // DAY),
        (LINE.event.in_(hourly), LINE.at // HOUR),
        else_=-LINE.seq,
    )


def _first_shared(owner: str) -> Any:
    """When each rule began: what was done to a draft before that is nobody's news."""
    begun = select(LINE.policy, func.min(LINE.seq).label("line"))
    begun = begun.where(LINE.owner == owner, LINE.event == "shared").group_by(LINE.policy)
    return begun.subquery()


def _tells_something(shared: Any) -> ColumnElement[bool]:
    """A change of a draft does not; an answer with a rule is told of as that rule."""
    return and_(
        or_(LINE.event.not_in(["changed", "stopped"]), LINE.seq > shared.c.line),
        or_(LINE.event != "answered", LINE.policy.is_(None)),
    )
