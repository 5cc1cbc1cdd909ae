"""Work for several clinics at the same time, so that a slow one holds up nobody else."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor, wait
from threading import Lock
from typing import TypeVar

from heart_ground.durable import holding

PAGES_OF_ONE = 3
"""Pages of one person that wait for clinics at the same time; the next shows what is known."""
SPARE = 0.5
"""Seconds beyond the deadline, in which the calls that end at it come home."""
T = TypeVar("T")
R = TypeVar("R")


class AtOnce:
    """So many calls in parallel, until a deadline (seconds)."""

    def __init__(self, *, parallel: int, deadline: float) -> None:
        self._parallel, self._deadline = parallel, deadline
        self._lock = Lock()
        self._waiting: Counter[str] = Counter()

    def run(
        self, whose: str, work: Callable[[T], R], items: Iterable[T], *, late: Callable[[T], R]
    ) -> list[R]:
        """For one person, `work` for each item at the same time; `late` for what comes too late.

        Each page has threads of its own, and one person only a few pages that wait: a clinic that
        lets her wait holds up nobody else. They end by themselves, since every call they make does.
        """
        holding.refuse_to_wait()
        many = list(items)
        with self._lock:
            busy = self._waiting[whose] >= PAGES_OF_ONE
            self._waiting[whose] += not busy
        if busy:
            return [late(one) for one in many]
        try:
            return self._gather(work, many, late)
        finally:
            with self._lock:
                self._waiting[whose] -= 1
                self._waiting += Counter()  # forgets who waits for nothing

    def _gather(self, work: Callable[[T], R], many: list[T], late: Callable[[T], R]) -> list[R]:
        if self._parallel == 1 or len(many) < 2:
            until = time.monotonic() + self._deadline
            return [work(one) if time.monotonic() < until else late(one) for one in many]
        pool = ThreadPoolExecutor(min(self._parallel, len(many)), thread_name_prefix="clinic")
        try:
            running = [pool.submit(work, one) for one in many]
            wait(running, timeout=self._deadline + SPARE)
            return [
                future.result() if future.done() else late(one)
                for future, one in zip(running, many, strict=True)
            ]
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
