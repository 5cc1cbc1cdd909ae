"""Tokenless challenges per record: limited and counted in aggregate (G-36)."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict

from sqlalchemy import Engine, insert, update
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import col

from fhir_rs.db import writing
from fhir_rs.errors import Throttled
from fhir_rs.models.audit import ChallengeCount

_FLUSH_SECONDS = 10.0
_MOST_RECORDS = 50_000


class ChallengeRate:
    """A bucket and a counter per record.

    Both are best effort: per process, and a count that cannot be written is lost.
    """

    def __init__(self, engine: Engine, per_second: float) -> None:
        self._engine = engine
        self._rate = per_second
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._counts: dict[tuple[str, int], int] = {}
        self._flush_at = time.monotonic() + _FLUSH_SECONDS
        self._lock = threading.Lock()

    def take(self, record: str, now: int) -> None:
        """Count one challenge; raise Throttled when this record causes too many."""
        with self._lock:
            left, at = self._buckets.pop(record, (self._rate, time.monotonic()))
            moment = time.monotonic()
            left = min(self._rate, left + (moment - at) * self._rate)
            self._buckets[record] = (max(left - 1, 0.0) if left >= 1 else left, moment)
            while len(self._buckets) > _MOST_RECORDS:
                self._buckets.popitem(last=False)
            key = (record, now // 3600)
            self._counts[key] = self._counts.get(key, 0) + 1
            due = moment >= self._flush_at
            if due:
                counts, self._counts = self._counts, {}
                self._flush_at = moment + _FLUSH_SECONDS
        if due:
            self._write(counts)
        if left < 1:
            raise Throttled

    def flush(self) -> None:
        """Write what was counted so far."""
        with self._lock:
            counts, self._counts = self._counts, {}
        self._write(counts)

    def _write(self, counts: dict[tuple[str, int], int]) -> None:
        try:
            with writing(self._engine) as connection:
                for (record, hour), count in sorted(counts.items()):
                    moved = connection.execute(
                        update(ChallengeCount)
                        .where(
                            col(ChallengeCount.record) == record,
                            col(ChallengeCount.hour) == hour,
                        )
                        .values(count=col(ChallengeCount.count) + count)
                    )
                    if moved.rowcount == 0:
                        connection.execute(
                            insert(ChallengeCount).values(record=record, hour=hour, count=count)
                        )
        except SQLAlchemyError:
            # A challenge is answered even when it cannot be counted.
            return
