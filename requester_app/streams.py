"""Streams of events that pages hold open: few at a time, none for long, never a page's place.

A stream keeps a thread of the server while it waits. Of those there are a few more than places to
work and bodies to wait for (heart_ground/front.py), so few are held, and whoever finds no room is
answered at once and told when to come back: the same events, one look at a time.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from queue import SimpleQueue

from heart_ground.places import Place, at

HELD = 4
"""Streams that a process holds open at the same time."""
HELD_OF_ONE = 2
"""Of them, those of one person: two windows."""
LIFE = 60
"""Seconds after which a stream ends; the browser comes back by itself."""
LOST = 2 * LIFE
"""Seconds after which a stream counts as over even if the server never said so."""
LOOKS = 2
"""Streams that look at the same time; the others sleep, or wait their turn."""


class Streams:
    """Who holds a stream now, and the places where streams look."""

    def __init__(self, pause: Callable[[float], None] = time.sleep) -> None:
        self.pause = pause
        self._lock = threading.Lock()
        self._held: dict[object, tuple[str, int]] = {}
        self._places: SimpleQueue[Place] = SimpleQueue()
        for _ in range(LOOKS):
            self._places.put(Place())

    def admit(self, person: str, now: int) -> object | None:
        """Room for one more, to be given back; None where there is none."""
        with self._lock:
            self._held = {k: one for k, one in self._held.items() if one[1] + LOST > now}
            hers = sum(1 for who, _since in self._held.values() if who == person)
            if len(self._held) >= HELD or hers >= HELD_OF_ONE:
                return None
            room = object()
            self._held[room] = person, now
            return room

    def give_back(self, room: object) -> None:
        """The stream is over, however it ended; twice is as good as once."""
        with self._lock:
            self._held.pop(room, None)

    @contextmanager
    def looking(self) -> Iterator[None]:
        """What a look keeps, its connection to the database, belongs to one of a few places."""
        place = self._places.get()
        try:
            with at(place):
                yield
        finally:
            self._places.put(place)
