"""Who comes while another writes waits, and what gathered is written at once: one fsync for all.

Each waits for a lock of its own, and is woken when its entry is on disk or when it is the one to
write next: nobody wakes to find that there is nothing to do.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar
from weakref import WeakValueDictionary

T = TypeVar("T")


class Waiting(Generic[T]):
    """Something to be written; until it is, its outcome is `error`."""

    __slots__ = ("_asleep", "done", "draft", "error")

    def __init__(self, draft: T, error: Exception) -> None:
        self.draft = draft
        self.error: Exception | None = error
        self.done = False
        self._asleep = threading.Lock()
        self._asleep.acquire()

    def sleep(self) -> None:
        """Until somebody calls `wake`, once."""
        self._asleep.acquire()

    def wake(self) -> None:
        self._asleep.release()


class Gathering(Generic[T]):
    """One queue, and at most one who writes; `write` has an outcome for each, or raises."""

    def __init__(self, write: Callable[[Sequence[Waiting[T]]], None]) -> None:
        self._write = write
        self._queue: list[Waiting[T]] = []
        self._somebody_writes = False
        self._lock = threading.Lock()

    def written(self, mine: Waiting[T]) -> None:
        """Return once `mine` has its outcome."""
        with self._lock:
            self._queue.append(mine)
            waits, self._somebody_writes = self._somebody_writes, True
        if waits:
            mine.sleep()
        if not mine.done:
            self._write_all(mine)

    def _write_all(self, mine: Waiting[T]) -> None:
        with self._lock:
            batch, self._queue = self._queue, []
        try:
            self._write(batch)
        finally:
            for waiting in batch:
                waiting.done = True
            with self._lock:
                # The first of those who came meanwhile writes next.
                following = self._queue[0] if self._queue else None
                self._somebody_writes = following is not None
            if following is not None:
                following.wake()
            for waiting in batch:
                if waiting is not mine:
                    waiting.wake()


class GatheringByRecord(Generic[T]):
    """A queue for each record: where records have writers of their own, none waits for another."""

    def __init__(self, write: Callable[[Sequence[Waiting[T]]], None]) -> None:
        self._write = write
        # Kept as long as somebody is in it.
        self._of: WeakValueDictionary[str, Gathering[T]] = WeakValueDictionary()
        self._lock = threading.Lock()

    def of(self, record: str) -> Gathering[T]:
        """The queue of `record`."""
        with self._lock:
            found = self._of.get(record)
            if found is None:
                found = self._of[record] = Gathering(self._write)
            return found
