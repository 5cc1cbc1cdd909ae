"""The last exchanges of the demo in the stage's memory: a ring, and what was lost of it."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import parse_qs, urlsplit

from demo.wire.crossing import BROWSER, ELSEWHERE, Crossing, Message

ROOM = 3_000
_PERSON_OF = {"portal": "owner", "requester": "party"}
"""Whose browser comes to an app, or signs in for it."""


class Kept:
    """Exchanges by their span; both edges tell of the same one. `service_at` knows the ports."""

    def __init__(self, service_at: Callable[[int | None], str], room: int = ROOM) -> None:
        self._service_at, self._room = service_at, room
        self._lock = threading.Lock()
        self._halves: OrderedDict[str, dict[str, Any]] = OrderedDict()
        self._numbered = 0
        self.dropped = 0
        """Messages that did not come in: their services had no room, or found no stage."""
        self.forgotten = 0
        """Exchanges that made room for newer ones."""

    def add(self, service: str, messages: Sequence[Message], dropped: int) -> None:
        with self._lock:
            self.dropped += dropped
            for message in messages:
                self._add(service, message)

    def _add(self, service: str, message: Message) -> None:
        span, side = str(message["span"]), str(message["side"])
        if span not in self._halves:
            self._numbered += 1
            self._halves[span] = {"number": self._numbered}
        self._halves[span].update({side: message, f"{side}_by": service})
        while len(self._halves) > self._room:
            self._halves.popitem(last=False)
            self.forgotten += 1

    def clear(self) -> None:
        with self._lock:
            self._halves.clear()
            self.dropped = self.forgotten = 0

    def all(self) -> list[Crossing]:
        """In the order in which they began."""
        with self._lock:
            halves = [dict(one) for one in self._halves.values()]
        return sorted(map(self._crossing, halves), key=lambda one: (one.started, one.number))

    def _crossing(self, half: dict[str, Any]) -> Crossing:
        sent, received = half.get("sent"), half.get("received")
        url = urlsplit(str((received or sent or {})["url"]))
        receiver = half.get("received_by") or self._service_at(url.port) or ELSEWHERE
        sender = half.get("sent_by") or _person(receiver, url.query)
        return Crossing(half["number"], sender, receiver, sent, received)


def _person(receiver: str, query: str) -> str:
    """Who came by browser, as far as the address says."""
    (client,) = parse_qs(query).get("client_id", [""])[:1]
    return _PERSON_OF.get(receiver) or _PERSON_OF.get(client) or BROWSER
