"""What clinics said last, kept in memory for a while: the oldest is forgotten first."""

from __future__ import annotations

from collections import OrderedDict
from datetime import datetime
from threading import Lock
from typing import Any

KEEP = 2000
Answer = dict[str, Any]


class ClinicMemory:
    """Answers by what they depend on, each with the moment at which it was given."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._kept: OrderedDict[str, tuple[Answer, datetime]] = OrderedDict()

    def recall(self, key: str) -> tuple[Answer, datetime] | None:
        with self._lock:
            return self._kept.get(key)

    def keep(self, key: str, answer: Answer, now: datetime) -> None:
        with self._lock:
            self._kept[key] = (answer, now)
            self._kept.move_to_end(key)
            while len(self._kept) > KEEP:
                self._kept.popitem(last=False)
