"""Many requests, one fsync: on SQLite the requests that write at the same time share a transaction.

SQLite has one writer, and a durable commit costs it a wait for the disk. So requests take turns on
one connection, each inside a savepoint of its own: it succeeds or fails alone. Whoever ends while
nobody else is waiting for the turn commits for all, and no answer leaves before that.

Nobody waits without end: a request that blocks while it has the turn stops its own work only.
"""

import threading
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Engine

from heart_ground.database import kept_writer
from heart_ground.durable import holding
from heart_ground.durable.unavailable import CommitFailed, TurnNotCome
from heart_ground.durable.write_turn import turn_of

MOST = 16
"""Requests in one transaction: the first must not wait for ever for the last."""
PATIENCE = 5.0
"""Seconds that a request waits for the turn, and at its end for the commit."""


class Spoiled(CommitFailed):
    """Another request of the same transaction failed in a way that takes all of it back."""


@dataclass
class _Batch:
    """A transaction that is shared, and what became of it."""

    connection: Connection
    size: int = 0
    spoiled: bool = False
    ended: threading.Event = field(default_factory=threading.Event)
    error: Exception | None = None


class GroupCommit:
    """The shared transaction of one process; `join` and `leave` enclose a request's writing.

    Its connection is kept from one transaction to the next: asking a pool for it, and giving it
    back, would cost as much as what most requests write. One whose end failed is used no more.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._turn = threading.Lock()
        self._batch: _Batch | None = None
        self._kept: Connection | None = None
        self._counting = threading.Lock()
        self._waiting = 0

    def join(self) -> Connection:
        """Wait for the turn; the connection, in its transaction, is the caller's until `leave`.

        Raise TurnNotCome when it does not come in time.
        """
        with self._counting:
            self._waiting += 1
        mine = self._turn.acquire(timeout=PATIENCE)
        with self._counting:
            self._waiting -= 1
        # Who left in this very moment counted on us to end the transaction.
        if not (mine or self._turn.acquire(blocking=False)):
            raise TurnNotCome("another request keeps the write turn")
        try:
            if self._batch is None:
                self._batch = _Batch(self._begun())
            holding.take(self._batch.connection)
            return self._batch.connection
        except BaseException:
            self._turn.release()
            raise

    def leave(self, *, undone: bool = True, kept: bool = True) -> None:
        """Give the turn up, and return once everything the caller wrote is on disk.

        `undone` is False when the caller failed and could not take back what it had written: then
        nobody's work is kept. `kept` is False for one that wrote nothing or took it back: it does
        not wait. Raise CommitFailed for everybody in a transaction that was not kept, TurnNotCome
        when it has no end in time, so that nobody knows.
        """
        batch = self._batch
        if batch is None:
            raise RuntimeError("leave without join")
        batch.size += 1
        batch.spoiled = batch.spoiled or not undone
        holding.give_back(batch.connection)
        with self._counting:
            goes_on = self._waiting > 0 and batch.size < MOST
        if not goes_on:
            self._end(batch)
        self._turn.release()
        if not kept:
            return
        if not batch.ended.wait(PATIENCE):
            raise TurnNotCome("the shared transaction has no end yet")
        if batch.spoiled:
            raise Spoiled
        if batch.error is not None:
            raise CommitFailed(batch.error) from batch.error

    def _begun(self) -> Connection:
        connection, self._kept = self._kept or kept_writer(self._engine), None
        try:
            connection.begin()
        except BaseException:
            self._give_up(connection)
            raise
        return connection

    def _end(self, batch: _Batch) -> None:
        self._batch = None
        try:
            if batch.spoiled:
                raise Spoiled
            batch.connection.commit()
            self._give_turn_back(batch.connection.info)
            self._kept = batch.connection
        except Exception as error:
            batch.error = error
            # Whatever state it is in, nobody gets to use it.
            self._give_up(batch.connection)
        finally:
            batch.ended.set()

    def _give_up(self, connection: Connection) -> None:
        held, driver = connection.info, connection.connection.dbapi_connection
        connection.invalidate()
        connection.close()
        if driver is not None:
            driver.close()  # and with it whatever it had begun
        self._give_turn_back(held)

    def _give_turn_back(self, held: Any) -> None:
        turn = turn_of(self._engine)
        if turn is not None:
            turn.give_back(held)
