"""The changes that are sent to a service, and what became of each of them."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass, field

import httpx

from bench.scene import Scene

PAUSE = 0.25
"""Seconds before a change that was not acknowledged is sent again, as its client would."""
LONGEST = 180.0


@dataclass
class Sender:
    """Sends changes number by number to one service, each until it is acknowledged.

    `send` makes a request of a number; the same number twice is the same change, which `names` has
    the name of. `stored` says which of some names are in the database.
    """

    name: str
    send: Callable[[int], httpx.Response]
    names: list[str]
    stored: Callable[[Scene, Collection[str]], set[str]]
    acknowledged: list[int] = field(default_factory=list)
    answers: Counter[str] = field(default_factory=Counter)
    first_refused: float = 0.0
    last_refused: float = 0.0
    longest: float = 0.0
    """The longest wait for one answer."""

    @property
    def count(self) -> int:
        return len(self.names)

    def run(self, pause: float = 0.0) -> None:
        until = time.monotonic() + LONGEST
        for number in range(self.count):
            while not self._sent(number):
                if time.monotonic() > until:
                    return
                time.sleep(PAUSE)
            self.acknowledged.append(number)
            time.sleep(pause)

    def _sent(self, number: int) -> bool:
        began = time.monotonic()
        try:
            answer = self.send(number)
            told = str(answer.status_code)
            if answer.status_code == 503 and not answer.headers.get("Retry-After", "").isdigit():
                told = "503 without Retry-After"
        except httpx.HTTPError as error:
            told = type(error).__name__
        now = time.monotonic()
        self.longest = max(self.longest, now - began)
        if told in ("200", "201", "204"):
            return True
        self.answers[told] += 1
        self.first_refused = self.first_refused or now
        self.last_refused = now
        return False

    @property
    def outage(self) -> float:
        """Seconds from the first change that was refused until one was acknowledged again."""
        return self.last_refused - self.first_refused + PAUSE if self.first_refused else 0.0


def send_all(senders: list[Sender], pause: float, meanwhile: Callable[[], None]) -> None:
    """Every service at the same time, and `meanwhile` beside them."""
    threads = [threading.Thread(target=one.run, args=(pause,)) for one in senders]
    for one in threads:
        one.start()
    meanwhile()
    for one in threads:
        one.join()
