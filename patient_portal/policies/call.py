"""PURE. One call of a visit, under the number by which the place that answered it keeps it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Call:
    """When, where, what was shown of it, and the number of its entry there ("" for none)."""

    at: datetime
    place: str
    id: str
    who: str
    kinds: tuple[str, ...] = ()
    count: int = 0

    @property
    def key(self) -> str:
        """Names the call in an address of the portal; it tells nobody what the call was."""
        said = "\n".join((self.at.isoformat(), self.place, self.id, self.who))
        return hashlib.sha256(said.encode()).hexdigest()[:24]
