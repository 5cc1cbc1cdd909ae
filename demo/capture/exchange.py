"""One request and its answer as the code at a service's edge saw them, whole and unshown."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from demo.capture.trace import Place

MOST_BYTES = 256 * 1024
"""Of a body that are looked at; the rest is counted."""

Headers = list[tuple[str, str]]


class Body:
    """The first bytes of a body that goes by, and how many there were."""

    def __init__(self) -> None:
        self.start = bytearray()
        self.size = 0

    def take(self, part: bytes) -> bytes:
        self.size += len(part)
        if len(self.start) < MOST_BYTES:
            self.start += part[: MOST_BYTES - len(self.start)]
        return part

    @property
    def whole(self) -> bool:
        return self.size == len(self.start)


@dataclass(slots=True)
class Exchange:
    """Never leaves the process: what leaves is what `redaction` makes of it."""

    side: Literal["sent", "received"]
    place: Place
    alone: bool
    """Began outside every exchange, for instance in a thread that delivers."""
    method: str
    url: str
    asked: Headers
    question: Body
    started: int
    """Nanoseconds since 1970, as of the machine: all services of a demo are on one."""
    ended: int = 0
    status: int = 0
    """0: no answer came."""
    said: Headers | None = None
    answer: Body | None = None


Keep = Callable[[Exchange], None]
"""Takes an exchange that is over. It returns at once, whatever becomes of it."""
