"""One request's work on the database: its one transaction, and the moment that it happens at.

`db` is the session. Of a request that may write it begins, on SQLite, with BEGIN IMMEDIATE, in
turn, when it is first asked for, and what is written is committed before the response leaves if the
status is below 500. Of one that only reads (GET, HEAD) it takes no turn and refuses to write; the
few that write all the same say so with a `writing` block. `reading` and `snapshot` are Core
connections that take no write lock. A command or a thread has a work of its own.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine
from sqlalchemy.orm import Session

from heart_ground import database, moments, orm
from heart_ground.durable.ballast import has_kept_a_part, kept_a_part
from heart_ground.durable.group_commit import GroupCommit
from heart_ground.durable.unavailable import Unavailable
from heart_ground.moments import Clock
from heart_ground.readers import WritesWhileReading


class Work:
    """What happens at one moment, and stands or falls together.

    `untold` are the owners whose resource servers have yet to be told of what was done.
    """

    def __init__(
        self,
        engine: Engine,
        group: GroupCommit | None,
        clock: Clock,
        at: datetime,
        *,
        only_reads: bool = False,
    ) -> None:
        self.at = at
        self.now = moments.seconds(at)
        """The moment in whole seconds."""
        self.untold: set[str] = set()
        self._clock = clock
        self._engine = engine
        self._group = group
        self._session: Session | None = None
        self._changed_before: tuple[Any, int] | None = None
        self._only_reads = only_reads
        self._reader: Session | None = None
        self._of_reader = ExitStack()

    def later(self) -> datetime:
        """A moment that is not the request's: after it has waited for a lock, or for somebody's
        answer."""
        return self._clock()

    @property
    def db(self) -> Session:
        """The session. Nobody commits it but `commit` and `end`; after `commit` ask for it again:
        who goes on with what he had before fails, and writes into no other's transaction."""
        if self._only_reads:
            if self._reader is None:
                self._reader = self._of_reader.enter_context(orm.reading(self._engine))
            return self._reader
        if self._session is None:
            self._session = Session(
                self._engine if self._group is None else self._join(self._group),
                expire_on_commit=False,
                join_transaction_mode="create_savepoint",
            )
        elif self._session.bind is None and self._group is not None:
            self._session.bind = self._join(self._group)
        return self._session

    @property
    def connection(self) -> Connection:
        """The connection of the session: Core statements on it skip the ORM, and stand or fall
        with everything else that is written."""
        return self.db.connection()

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """A short block in which a request that only reads writes: on disk when it ends, undone
        when an error leaves it. What was looked at before may have changed: look again in it.

        Any other request writes in its one transaction, here too.
        """
        if not self._only_reads:
            yield self.db
            return
        self._end_reading()
        self._only_reads = False
        try:
            yield self.db
            self.commit()
        finally:
            self._undo()
            self._only_reads = True

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection that reads committed rows without taking the write lock."""
        with database.reading(self._engine) as connection:
            yield connection

    @contextmanager
    def snapshot(self) -> Iterator[Connection]:
        """A connection whose reads all see one moment (introspection: policies and epoch)."""
        with database.snapshot(self._engine) as connection:
            yield connection

    def commit(self) -> None:
        """End the transaction now, before the answer: for work that must follow a durable change,
        or that takes long. What follows is another one."""
        if self._session is not None and self._session.bind is not None:
            wrote = self._has_written()
            self._settle(self._session, self._session.commit)
            if wrote:
                kept_a_part()

    def end(self) -> None:
        """Commit what is there to commit, and no more than that."""
        self._end_reading()
        if self._session is not None and (self._session.bind is not None or self._session.dirty):
            self._settle(self.db, self._session.commit)

    def close(self) -> None:
        """Undo what was not committed."""
        self._reader = None
        self._of_reader.close()
        self._undo()

    def _end_reading(self) -> None:
        """Let the reading session go; nothing may be left in it that was meant to be written."""
        reader, self._reader = self._reader, None
        meant = reader is not None and (reader.new or reader.dirty or reader.deleted)
        self._of_reader.close()
        if meant:
            raise WritesWhileReading("a row was changed that was read to be looked at")

    def _undo(self) -> None:
        session, self._session = self._session, None
        if session is not None and session.bind is not None:
            self._settle(session, session.close, kept=False)

    def _join(self, group: GroupCommit) -> Connection:
        """The shared connection, and how many rows it had changed before this request."""
        connection = group.join()
        raw: Any = connection.connection.driver_connection
        self._changed_before = (raw, raw.total_changes)
        return connection

    def _has_written(self) -> bool:
        if self._changed_before is None:
            return True
        raw, before = self._changed_before
        return bool(raw.total_changes != before)

    def _settle(self, session: Session, how: Callable[[], None], *, kept: bool = True) -> None:
        """End the transaction; what was committed is on disk when this returns.

        `kept` is False when nothing is to be: then there is nothing to wait for.
        """
        if self._group is None:
            how()
            return
        undone, only_read = True, not self._has_written()
        try:
            try:
                how()
            except BaseException:
                undone = False
                session.rollback()
                undone, kept = True, False
                raise
        finally:
            session.bind = None
            try:
                self._group.leave(undone=undone, kept=kept)
            except Unavailable:
                # What this request changed is on disk already; it has only looked at it since.
                if not (only_read and has_kept_a_part()):
                    raise
