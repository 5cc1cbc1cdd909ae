"""How often a stranger may try: a bucket of tries for each key, filled again as time goes by.

Of this process alone, and forgotten when it ends: docs/adr/0012-tries-are-counted-here.md.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable


class TokenBucket:
    """`capacity` tries a key, filled again over `period` seconds; none is counted where it is 0.

    Below 1 it is how often: 0.5 in a period of a second is one try in two seconds.
    `seconds` is the clock. Of more than `most` keys the one that tried longest ago is forgotten.
    """

    def __init__(
        self, capacity: float, period: float, seconds: Callable[[], float], most: int = 20_000
    ) -> None:
        self._capacity, self._period = float(capacity), period
        # A bucket that holds less than a whole try would let nobody through, ever.
        self._full = max(1.0, self._capacity)
        self._seconds, self._most = seconds, most
        self._lock = threading.Lock()
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def claim(self, key: str) -> int:
        """Count one try: 0, or the whole seconds until one is allowed.

        Looking first and counting later would let through everybody who comes at once.
        """
        if not self._capacity:
            return 0
        with self._lock:
            left = self._level(key)
            if left < 1:
                self._put(key, left)
                return max(1, int((1 - left) * self._period / self._capacity) + 1)
            self._put(key, left - 1)
            return 0

    def give_back(self, key: str) -> None:
        """Take one try out of the count again."""
        with self._lock:
            self._put(key, min(self._full, self._level(key) + 1))

    def _put(self, key: str, left: float) -> None:
        self._left[key] = (left, self._seconds())
        self._left.move_to_end(key)
        while len(self._left) > self._most:
            self._left.popitem(last=False)

    def _level(self, key: str) -> float:
        left, at = self._left.get(key, (self._full, self._seconds()))
        grown = (self._seconds() - at) * self._capacity / self._period
        return min(self._full, left + max(0.0, grown))
