"""Exchanges as the arrows of a sequence diagram: one for a request, one for its answer."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from demo.wire.crossing import Crossing
from demo.wire.naming import names_of
from demo.wire.sequence import Named

PAUSE = 1_500_000_000
"""Nanoseconds without any message after which a gap is drawn: people think, or wait."""


@dataclass(frozen=True, slots=True)
class Arrow:
    """One message. `number` counts from 1 in the order in which they crossed."""

    number: int
    crossing: Crossing
    is_answer: bool
    named: Named
    at: int
    pause: int
    """Seconds of silence before it, if that was long."""

    @property
    def sender(self) -> str:
        return self.crossing.receiver if self.is_answer else self.crossing.sender

    @property
    def receiver(self) -> str:
        return self.crossing.sender if self.is_answer else self.crossing.receiver

    @property
    def status(self) -> int:
        """Of an answer; 0 for a request."""
        return self.crossing.status if self.is_answer else 0


def arrows(crossings: Iterable[Crossing]) -> list[Arrow]:
    """All messages that were heard, in their order. What was not heard has no arrow."""
    loose: list[tuple[int, Crossing, bool, Named]] = []
    for crossing in crossings:
        question, answer = names_of(crossing)
        loose.append((crossing.started, crossing, False, question))
        if crossing.status:
            loose.append((crossing.ended, crossing, True, answer))
    loose.sort(key=lambda one: one[0])
    found: list[Arrow] = []
    for number, (at, crossing, is_answer, named) in enumerate(loose, 1):
        silence = at - found[-1].at if found else 0
        pause = round(silence / 1e9) if silence > PAUSE else 0
        found.append(Arrow(number, crossing, is_answer, named, at, pause))
    return found
