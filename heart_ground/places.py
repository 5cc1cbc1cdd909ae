"""A place to work: what a thread keeps for itself while it carries out a request.

There are more threads than places (front.py), and what each place keeps is not small: a connection
of its own with its cache. So it goes with the place, and not with each thread that ever had one.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from weakref import WeakKeyDictionary

_thread = threading.local()


class Place:
    """One of the few at which a request is worked on: by one thread at a time."""

    __slots__ = ("__weakref__", "kept", "kept_for_one_state")

    def __init__(self) -> None:
        self.kept: WeakKeyDictionary[Any, Any] = WeakKeyDictionary()
        self.kept_for_one_state: WeakKeyDictionary[Any, Any] = WeakKeyDictionary()


def here() -> Place:
    """The place of this thread; one of its own outside a request."""
    found: Place | None = getattr(_thread, "place", None)
    if found is None:
        found = _thread.place = Place()
    return found


@contextmanager
def at(place: Place) -> Iterator[None]:
    """This thread works at `place` while the block runs."""
    before = getattr(_thread, "place", None)
    _thread.place = place
    try:
        yield
    finally:
        _thread.place = before
