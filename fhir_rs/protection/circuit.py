"""A circuit breaker per authorization server: no pile-up of calls while it is down."""

from __future__ import annotations

import threading
import time

OPENS_AFTER = 3
PROBE_SECONDS = 1.0


class Circuit:
    """Three failures in a row open it; then one call a second goes through as a probe."""

    def __init__(self) -> None:
        self._failures: dict[str, int] = {}
        self._next_probe: dict[str, float] = {}
        self._lock = threading.Lock()

    def lets_through(self, issuer: str) -> bool:
        """False: do not even try, the answer would be the same."""
        with self._lock:
            if self._failures.get(issuer, 0) < OPENS_AFTER:
                return True
            now = time.monotonic()
            if now < self._next_probe.get(issuer, 0.0):
                return False
            self._next_probe[issuer] = now + PROBE_SECONDS
            return True

    def answered(self, issuer: str) -> None:
        """The server answered, whatever it said."""
        if self._failures.get(issuer):
            with self._lock:
                self._failures.pop(issuer, None)

    def failed(self, issuer: str) -> None:
        """No answer, or one that says the server is broken."""
        with self._lock:
            self._failures[issuer] = self._failures.get(issuer, 0) + 1
            self._next_probe[issuer] = time.monotonic() + PROBE_SECONDS
