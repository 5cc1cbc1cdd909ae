"""Trying again, in a thread, to tell what nobody has taken yet: an event, a mail."""

import logging
import threading
import weakref
from collections.abc import Callable

RETRY_EVERY = 2.0
RETRY_AT_LEAST = 60.0
"""Seconds between two tries while the database does not answer; each pause is twice the last."""
log = logging.getLogger("as_server")


class Retries:
    """A thread that lives while something waits to be told, and no longer than its application.

    `retry` tries again what is due, `something_waits` tells whether anything is left; they are
    methods of what holds this object.
    """

    def __init__(
        self,
        retry: Callable[[], None],
        something_waits: Callable[[], bool],
        *,
        every: float = RETRY_EVERY,
    ) -> None:
        self._every = every
        self._retry = weakref.WeakMethod(retry)
        self._something_waits = weakref.WeakMethod(something_waits)
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._looked = False

    def look_once(self) -> None:
        """With the first request of a worker: did an earlier process leave something untold?"""
        something_waits = self._something_waits()
        if not self._looked and something_waits is not None:
            waits = something_waits()
            self._looked = True
            if waits:
                self.wake()

    def wake(self) -> None:
        """Something waits."""
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, daemon=True, name="events")
                self._thread.start()

    def _run(self) -> None:
        pause, failures = threading.Event(), 0
        while True:
            pause.wait(min(self._every * 2**failures, RETRY_AT_LEAST))
            try:
                if self._is_done():
                    return
                failures = 0
            except Exception as error:  # it must outlive a locked or restarting database
                if not failures:
                    log.warning("events wait to be told: %s", type(error).__name__)
                failures = min(failures + 1, 8)

    def _is_done(self) -> bool:
        retry, something_waits = self._retry(), self._something_waits()
        if retry is None or something_waits is None:
            return True
        retry()
        with self._lock:
            if something_waits():
                return False
            self._thread = None
            return True
