"""Token buckets for what strangers can try: passwords and registrations (security limits)."""

import threading
from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime

from as_server.settings import AsSettings

MAX_KEYS = 20_000
SEARCHES_PER_MINUTE = 60
"""Of the directory, by one person."""


class TokenBucket:
    """`capacity` tries per key, refilled over `period` seconds; memory is bounded."""

    def __init__(self, capacity: int, period: int, clock: Callable[[], datetime]) -> None:
        self._capacity = capacity
        self._period = period
        self._clock = clock
        self._lock = threading.Lock()
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def claim(self, key: str) -> int:
        """Count one try: 0, or the seconds until one is allowed.

        Looking first and counting later would let through everybody who comes at once.
        """
        with self._lock:
            left = self._level(key)
            if self._capacity == 0:
                return 0
            if left < 1:
                return max(1, int((1 - left) * self._period / self._capacity) + 1)
            self._put(key, left - 1)
            return 0

    def give_back(self, key: str) -> None:
        """Take one try out of the count again."""
        with self._lock:
            self._put(key, min(float(self._capacity), self._level(key) + 1))

    def _put(self, key: str, left: float) -> None:
        self._left[key] = (left, self._clock().timestamp())
        self._left.move_to_end(key)
        while len(self._left) > MAX_KEYS:
            self._left.popitem(last=False)

    def _level(self, key: str) -> float:
        found = self._left.get(key)
        if found is None:
            return float(self._capacity)
        left, at = found
        grown = (self._clock().timestamp() - at) * self._capacity / self._period
        return min(float(self._capacity), left + max(0.0, grown))


class RateLimits:
    """The limits of this process."""

    def __init__(self, settings: AsSettings, clock: Callable[[], datetime]) -> None:
        self.login = TokenBucket(settings.login_rate_per_minute, 60, clock)
        self.login_address = TokenBucket(settings.login_address_rate_per_minute, 60, clock)
        self.registration = TokenBucket(settings.registration_rate_per_hour, 3600, clock)
        self.people = TokenBucket(SEARCHES_PER_MINUTE, 60, clock)

    def claim_login(self, pair: str, address: str) -> int:
        """Count one password from an address for an account; 0, or the seconds to wait."""
        if wait := self.login.claim(pair):
            return wait
        if wait := self.login_address.claim(address):
            self.login.give_back(pair)
            return wait
        return 0

    def forgive_login(self, pair: str, address: str) -> None:
        """A right password was no try at guessing."""
        self.login.give_back(pair)
        self.login_address.give_back(address)
