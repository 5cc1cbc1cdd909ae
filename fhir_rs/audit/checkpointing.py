"""When a checkpoint is made, and of what: after so many entries or so much time, by one process.

It is made beside the entries, in a transaction of its own: whoever appends to a chain waits for
nobody who signs.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterable, Iterator, Mapping

from sqlalchemy import Engine

from fhir_rs.audit import checkpoint
from fhir_rs.audit import stored_checkpoints as stored
from fhir_rs.audit.chain import Head
from fhir_rs.audit.checkpoint import NONE, ChainEnd
from fhir_rs.db import reading, snapshot, writing
from fhir_rs.models.audit import INSTALLATION
from heart_ground import moments
from heart_ground.moments import Clock
from heart_uma.jose import KeySet

ROWS, SECONDS = 1_000, 60
_log = logging.getLogger("fhir_rs.audit.checkpoint")


class Checkpoints:
    """Makes the checkpoints of a log; `keys` sign them, `base` names this server in them.

    Of a database that may be `put_back` nothing is remembered: it may have less than it had.
    """

    def __init__(
        self,
        engine: Engine,
        keys: KeySet,
        base: str,
        clock: Clock,
        origin: Head,
        *,
        put_back: bool = False,
    ) -> None:
        self._engine, self._keys, self._base, self._clock = engine, keys, base, clock
        self._origin, self._put_back = origin, put_back
        self._moved: dict[str, Head | None] = {}
        self._rows = 0
        self._lock = threading.Lock()
        self._making = threading.Lock()
        with reading(engine) as connection:
            newest = stored.newest(connection)
        self._at = newest.at if newest else 0

    def note(self, record: str, head: Head | None, rows: int) -> None:
        """The chain of `record` has so many entries more, and is on disk up to `head` (None: that
        is not known yet)."""
        head = None if self._put_back else head
        with self._lock:
            self._moved[record] = max(filter(None, (head, self._moved.get(record))), default=None)
            self._rows += rows

    def reached(self, record: str) -> Head | None:
        """How far this process itself has written the chain of `record` since the last one."""
        return self._moved.get(record)

    def make_if_due(self) -> None:
        """Make one if it is time, unless another thread is about to."""
        if not self._rows:
            return
        now = moments.seconds(self._clock())
        due = self._rows >= ROWS or now - self._at >= SECONDS
        if due and self._making.acquire(blocking=False):
            try:
                self._make(now)
            finally:
                self._making.release()

    def _make(self, now: int) -> None:
        with reading(self._engine) as connection:
            newest = stored.newest(connection)
        by_time = newest is None or now - newest.at >= SECONDS
        if newest is not None and not by_time and self._rows < ROWS:
            self._at = newest.at
            return  # another process was faster, and saw what is on disk
        # What goes wrong is tried again after a while, not with every entry.
        self._at = now
        with self._lock:
            moved, self._moved, rows, self._rows = self._moved, {}, self._rows, 0
        number, before = (newest.number + 1, newest.signed) if newest else (1, NONE)
        try:
            ends = list(self._ends(moved, everywhere=by_time))
            if newest is None:
                ends.append(ChainEnd(INSTALLATION, self._origin.seq, self._origin.hash.hex()))
            ends.sort()
            if not ends:
                return
            made = checkpoint.signed(number, now, ends, before, self._base, self._keys)
            with writing(self._engine) as connection:
                mine = stored.add(connection, made)
        except BaseException:
            self._take_back(moved, rows)
            raise
        if not mine:
            self._take_back(moved, rows)
            return
        # The second place: a log stream that the database's owner cannot rewrite.
        _log.info("audit checkpoint %s", made.signed)

    def _take_back(self, moved: dict[str, Head | None], rows: int) -> None:
        for record, head in moved.items():
            self.note(record, head, 0)
        with self._lock:
            self._rows += rows

    def _ends(self, moved: Mapping[str, Head | None], *, everywhere: bool) -> Iterator[ChainEnd]:
        """The ends of the chains that moved since they were signed, in the order of the records.

        Once in a while all are looked at: another process may have moved one and be gone.
        """
        with snapshot(self._engine) as connection:
            names: Iterable[str] = moved
            if everywhere:
                names = {INSTALLATION, *moved, *stored.records(connection)}
            for record in sorted(names):
                end = stored.unsigned(connection, record)
                if end is None or (end.is_new and not moved.get(record)):
                    continue
                if not end.is_whole(self._origin, moved.get(record)):
                    _log.error("the audit of record %s is not whole; it is not signed", record)
                    self.note(record, moved.get(record), 0)
                elif end.head is not None:
                    yield ChainEnd(record, end.head.seq, end.head.hash.hex())
