"""Challenges per record: limited, and counted in aggregate where they have no entry (Grant 6.3)."""

from __future__ import annotations

import threading
import time

from sqlalchemy import Engine, insert, update
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import col

from fhir_rs.db import writing
from fhir_rs.errors import Throttled
from fhir_rs.models.challenge_count import ChallengeCount
from heart_ground.token_bucket import TokenBucket

_FLUSH_SECONDS = 10.0
_MOST_BUCKETS = 50_000


class ChallengeRate:
    """A bucket per record and bearer, and a counter per record.

    Both are best effort: per process, and a count that cannot be written is lost.
    """

    def __init__(self, engine: Engine, per_second: float) -> None:
        self._engine = engine
        self.tries = TokenBucket(per_second, 1, time.monotonic, _MOST_BUCKETS)
        self._counts: dict[tuple[str, int], int] = {}
        self._flush_at = time.monotonic() + _FLUSH_SECONDS
        self._lock = threading.Lock()

    def take(self, record: str, now: int, bearer: str = "") -> None:
        """Let one challenge pass; raise Throttled when there were too many.

        Parameters: `now` in seconds since 1970; `bearer` tells apart who bears a token, so that
        one of them, or a flood without tokens, keeps nobody else from a ticket. What a bearer is
        refused has an entry of its own, so only what is throttled is counted.
        """
        wait = self.tries.claim(f"{record} {bearer}")
        if wait or not bearer:
            self.count(record, now)
        if wait:
            raise Throttled

    def count(self, record: str, now: int) -> None:
        """Count one request that is answered without an entry in the audit."""
        counts: dict[tuple[str, int], int] = {}
        with self._lock:
            key = (record, now // 3600)
            self._counts[key] = self._counts.get(key, 0) + 1
            if time.monotonic() >= self._flush_at:
                counts, self._counts = self._counts, {}
                self._flush_at = time.monotonic() + _FLUSH_SECONDS
        if counts:
            self._write(counts)

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
