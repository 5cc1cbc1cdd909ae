"""What is asked of another service now and then: kept for a while, and asked by one at a time.

While a peer hangs, a lock held over the call would make n threads wait n time-outs, and without a
memory of the failure the next request waits all over again. Here one thread asks; who comes
meanwhile waits for that very answer, and a failure stands for a few seconds.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as NotYet
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

V = TypeVar("V")
_NEVER = float("-inf")


@dataclass(frozen=True, slots=True)
class _Known(Generic[V]):
    """The last answer and when it came; the last failure and when it was."""

    answer: V | None = None
    at: float = _NEVER
    failure: Exception | None = None
    tried: float = _NEVER


class AskedOnce(Generic[V]):
    """Answers by key. `clock` counts seconds.

    An answer is good for `fresh` seconds, a failure that is one of `failures` for `failed`. Who
    waits for another thread's question does so for `wait` seconds at most. `most` bounds the keys.
    """

    def __init__(
        self,
        clock: Callable[[], float],
        *,
        fresh: float,
        failed: float,
        failures: tuple[type[Exception], ...],
        wait: float = 10.0,
        most: int = 2_000,
    ) -> None:
        self._clock, self._failures, self._most = clock, failures, most
        self._fresh, self._failed, self._wait = fresh, failed, wait
        self._lock = threading.Lock()
        self._known: dict[str, _Known[V]] = {}
        self._asking: dict[str, Future[V]] = {}

    def get(self, key: str, ask: Callable[[], V], *, max_age: float | None = None) -> V:
        """The answer for `key`, asked for with `ask` when there is none that is fresh.

        With `max_age` an older one is asked for again; if that fails, the old one stands while it
        is fresh. Raise what `ask` raised, now or in the last seconds; TimeoutError when another
        thread's question takes too long.
        """
        with self._lock:
            known, now = self._known.get(key) or _Known(), self._clock()
            kept = known.answer if now - known.at < self._fresh else None
            young = max_age is None or now - max(known.at, known.tried) < max_age
            if kept is not None and young:
                return kept
            if kept is None and known.failure and now - known.tried < self._failed:
                raise known.failure.with_traceback(None)
            running = self._asking.get(key)
            mine = running or self._asking.setdefault(key, Future())
        if running is not None:
            try:
                return running.result(timeout=self._wait)
            except NotYet as error:
                raise TimeoutError("somebody else's question has no answer yet") from error
        return self._ask(key, ask, mine, kept)

    def forget(self, key: str) -> None:
        """Ask again next time, unless that failed just now."""
        with self._lock:
            if known := self._known.get(key):
                self._known[key] = replace(known, answer=None, at=_NEVER)

    def _ask(self, key: str, ask: Callable[[], V], mine: Future[V], kept: V | None) -> V:
        try:
            answer = ask()
        except BaseException as error:
            self._note_failure(key, error)
            if kept is None or not isinstance(error, Exception):
                self._settle(key)
                mine.set_exception(error)
                raise
            answer = kept
        else:
            self._keep(key, answer)
        self._settle(key)
        mine.set_result(answer)
        return answer

    def _keep(self, key: str, answer: V) -> None:
        with self._lock:
            if len(self._known) >= self._most:
                self._known.clear()
            self._known[key] = _Known(answer, self._clock())

    def _note_failure(self, key: str, error: BaseException) -> None:
        if not isinstance(error, self._failures):
            return
        with self._lock:
            if len(self._known) >= self._most:
                self._known.clear()
            known = self._known.get(key) or _Known()
            self._known[key] = replace(known, failure=error, tried=self._clock())

    def _settle(self, key: str) -> None:
        with self._lock:
            self._asking.pop(key, None)
