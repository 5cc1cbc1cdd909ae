"""PURE. One look: who, what, when, why, by which rule; and several of one visit as one."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from patient_portal.policies.call import Call
from patient_portal.policies.outcomes import (
    OPENED,
)
from patient_portal.policies.parts import Part, distinct

SAME_VISIT = timedelta(minutes=10)


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
    each: tuple[Call, ...] = ()
    """The calls, in the order in which they came."""
    person: str = ""
    """What the sharing service calls them by; "" where only their name is known."""
    told: int = 0
    """How many records they were told of without seeing one."""
    manner: str = OPENED
    parts: tuple[Part, ...] = ()
    """What each call showed, to tell what was opened twice from what was more."""

    @property
    def calls(self) -> int:
        return len(self.each)

    @property
    def key(self) -> str:
        """Names the visit in an address: by its first call, which stays when more calls come."""
        return self.each[0].key if self.each else ""

    @property
    def times(self) -> int:
        """How often they opened it: the calls at one clinic, since a chart asks each."""
        return max(Counter(part.clinic for part in self.parts).values(), default=1)

    @property
    def is_exact(self) -> bool:
        """False where more than `count` may have been seen."""
        return distinct(self.parts)[1]

    @property
    def line(self) -> tuple[str, str, str, str]:
        """What can be one line of the page: by one person through one app, of one outcome, in one
        manner."""
        return self.who, self.app, self.outcome, self.manner

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
            count=distinct((*other.parts, *self.parts))[0],
            parts=(*other.parts, *self.parts),
            told=self.told + other.told,
            reason=self.reason or other.reason,
            each=(*other.each, *self.each),
            person=self.person or other.person,
        )
