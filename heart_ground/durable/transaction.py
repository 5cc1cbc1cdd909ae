"""The one transaction of a request: shared with others on SQLite, its own on PostgreSQL.

In a shared one a request has a savepoint of its own, so that it stands or falls alone. There may be
a session on the connection, or none: what a session wrote goes the way of everything else.
"""

from __future__ import annotations

from typing import Any, Literal

from sqlalchemy import Connection, Engine
from sqlalchemy.orm import Session

from heart_ground.database import begun
from heart_ground.durable.ballast import has_kept_a_part
from heart_ground.durable.group_commit import GroupCommit
from heart_ground.durable.unavailable import Unavailable


class Transaction:
    """Begins when its connection is first asked for; after `keep` or `undo` it can begin again."""

    def __init__(self, engine: Engine, group: GroupCommit | None) -> None:
        self._engine = engine
        self._group = group
        self._connection: Connection | None = None
        self._driver: Any = None
        self._changed_before = 0

    @property
    def connection(self) -> Connection:
        if self._connection is None:
            self._connection = self._begin()
        return self._connection

    @property
    def begun(self) -> bool:
        return self._connection is not None

    @property
    def in_turn(self) -> bool:
        """True where only one request at a time writes."""
        return self._group is not None

    @property
    def how_to_join(self) -> Literal["create_savepoint", "control_fully"]:
        """How a session is to join."""
        return "control_fully" if self._group is None else "create_savepoint"

    def has_written(self) -> bool:
        """False only if it is certain that nothing was written."""
        return self._driver is None or self._driver.total_changes != self._changed_before

    def keep(self, session: Session | None) -> None:
        """Commit; what was written is on disk when this returns."""
        connection, self._connection = self._connection, None
        if connection is None:
            return
        if self._group is not None:
            self._leave(self._group, session)
            return
        try:
            if session is None or session.bind is None:
                connection.commit()
            else:
                session.commit()
                # What was written beside a session that had nothing to do itself.
                connection.commit()
        except BaseException:
            if session is not None:
                session.rollback()
            raise
        finally:
            connection.close()

    def undo(self, session: Session | None) -> None:
        """Take everything back; `session` is of no use any more."""
        connection, self._connection = self._connection, None
        if connection is None:
            return
        undone = self._group is None
        try:
            if session is not None:
                session.close()
            if self._group is not None:
                self._take_back()
                undone = True
        finally:
            if self._group is None:
                connection.close()
            else:
                self._group.leave(undone=undone, kept=False)

    def _begin(self) -> Connection:
        if self._group is None:
            return begun(self._engine)
        connection = self._group.join()
        try:
            self._driver = connection.connection.dbapi_connection
            self._changed_before = self._driver.total_changes
            self._driver.execute("SAVEPOINT request")
        except BaseException:
            self._group.leave(undone=True, kept=False)
            raise
        return connection

    def _leave(self, group: GroupCommit, session: Session | None) -> None:
        undone, kept = True, True
        try:
            try:
                if session is not None and session.bind is not None:
                    session.commit()
                only_read = not self.has_written()
                self._driver.execute("RELEASE request")
            except BaseException:
                undone, only_read = False, False
                if session is not None:
                    session.rollback()
                self._take_back()
                undone, kept = True, False
                raise
        finally:
            try:
                group.leave(undone=undone, kept=kept)
            except Unavailable:
                # What this request changed is on disk already; it has only looked at it since.
                if not (only_read and has_kept_a_part()):
                    raise

    def _take_back(self) -> None:
        """To the savepoint and past it: the next request begins with one of its own."""
        self._driver.execute("ROLLBACK TO request")
        self._driver.execute("RELEASE request")
