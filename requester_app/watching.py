"""Looking for the answer to a request again and again, for a page that waits (Grant 3.3.6).

Every look is a check as any page makes it: no sooner than the sharing service wants, and no use of
the person's session, which ends as if nobody looked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from requester_app import checking
from requester_app.event_stream import come_back, event
from requester_app.identity import SignInNeeded
from requester_app.models import ask as asks
from requester_app.models.ask import Ask
from requester_app.streams import LIFE, Streams
from requester_app.visit import Means, Visit

CHECK_EVERY = 10
"""Seconds between two looks, if the service allows it so soon."""
RETRY = come_back(CHECK_EVERY)
NEWS = event("answer")


@dataclass(frozen=True)
class Watch:
    """One open page: of which request, whose visit it is by now, how times are said.

    It outlives the request that began it, and asks nothing of it.
    """

    means: Means
    ask: Ask
    streams: Streams
    visit: Callable[[], Visit]
    written: Callable[[int], str]

    def once(self) -> str:
        """What there is to tell now."""
        return RETRY + self._look()[0]

    def held(self, room: object) -> Iterator[str]:
        """What there is to tell, until there is an answer or the stream is old."""
        means, end = self.means, self.means.now() + LIFE
        try:
            yield RETRY
            while True:
                with self.streams.looking():
                    told, wait = self._look()
                yield told
                if not wait or means.now() + wait > end:
                    return
                self.streams.pause(wait)
        finally:
            self.streams.give_back(room)

    def _look(self) -> tuple[str, int]:
        """An event, and the seconds until the next look; 0 when this was the last."""
        means = self.means
        try:
            checking.check(self.visit(), self.ask)
        except SignInNeeded:
            return NEWS, 0
        with means.reading() as session:
            records = asks.records_of(session, [self.ask])[self.ask.id]
        now = means.now()
        if asks.answer_of(records, self.ask.created, now) != asks.WAITING:
            return NEWS, 0
        due, checked = asks.next_check(records, now)
        return event("checked", self.written(checked)), max(due, CHECK_EVERY)
