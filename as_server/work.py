"""One request's work on the database: its one transaction, and the moment that it happens at.

`db` is the session. Of a request that may write it begins, on SQLite, with BEGIN IMMEDIATE, in
turn, when it is first asked for, and what is written is committed before the response leaves if the
status is below 500. Of one that only reads (GET, HEAD) it takes no turn and refuses to write; the
few that write all the same say so with a `writing` block. `reading` and `snapshot` are Core
connections that take no write lock. A command or a thread has a work of its own.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine
from sqlalchemy.orm import Session

from heart_ground import database, moments, orm
from heart_ground.durable.ballast import kept_a_part
from heart_ground.durable.group_commit import GroupCommit
from heart_ground.durable.transaction import Transaction
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
        self._transaction = Transaction(engine, group)
        self._session: Session | None = None
        self._only_reads = only_reads
        self._reader: Session | None = None
        self._of_reader = ExitStack()
        self._looks: Connection | None = None

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
        connection = self._transaction.connection
        if self._session is None:
            self._session = Session(
                connection,
                expire_on_commit=False,
                join_transaction_mode=self._transaction.how_to_join,
            )
        elif self._session.bind is None:
            self._session.bind = connection
        return self._session

    @property
    def connection(self) -> Connection:
        """The connection of the transaction: Core statements on it need no session, and stand or
        fall with everything else that is written."""
        if self._only_reads or self._session is not None:
            return self.db.connection()
        return self._transaction.connection

    @property
    def decides_ahead(self) -> bool:
        """True where there is one turn to write: what can be decided before it comes, should be."""
        return self._transaction.in_turn and not self._only_reads

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
        kept = self._kept_reader()
        if kept is not None:
            yield kept
            return
        with database.reading(self._engine) as connection:
            yield connection

    @contextmanager
    def snapshot(self) -> Iterator[Connection]:
        """A connection whose reads all see one moment (introspection: policies and epoch)."""
        kept = self._kept_reader()
        if kept is None:
            with database.snapshot(self._engine) as connection:
                yield connection
            return
        driver: Any = kept.connection.dbapi_connection
        driver.execute("BEGIN")
        try:
            yield kept
        finally:
            driver.execute("ROLLBACK")

    def commit(self) -> None:
        """End the transaction now, before the answer: for work that must follow a durable change,
        or that takes long. What follows is another one."""
        if self._transaction.begun:
            wrote = self._transaction.has_written()
            self._settle()
            if wrote:
                kept_a_part()

    def end(self) -> None:
        """Commit what is there to commit, and no more than that."""
        self._end_reading()
        if self._session is not None and self._session.dirty:
            self.db  # noqa: B018 - something was changed after a commit: it has its own
        if self._transaction.begun:
            self._settle()

    def close(self) -> None:
        """Undo what was not committed."""
        self._reader = None
        self._of_reader.close()
        self._undo()

    def _kept_reader(self) -> Connection | None:
        """The connection that this place reads with; a request makes but one object of it."""
        if self._looks is None:
            self._looks = database.kept_reader(self._engine)
        return self._looks

    def _end_reading(self) -> None:
        """Let the reading session go; nothing may be left in it that was meant to be written."""
        reader, self._reader = self._reader, None
        meant = reader is not None and (reader.new or reader.dirty or reader.deleted)
        self._of_reader.close()
        if meant:
            raise WritesWhileReading("a row was changed that was read to be looked at")

    def _undo(self) -> None:
        session, self._session = self._session, None
        if self._transaction.begun:
            self._transaction.undo(session)
        elif session is not None:
            session.close()

    def _settle(self) -> None:
        try:
            self._transaction.keep(self._session)
        finally:
            if self._session is not None:
                self._session.bind = None
