"""One form, one effect: a second press is led to where the first one led."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Engine, Table, and_, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from heart_ground import database

LIFE = 24 * 3600
"""Seconds for which a press is remembered."""
WAIT, STEP = 8.0, 0.1
"""Seconds that a second press waits for the first, and between two looks at it."""
T = TypeVar("T")
Key = Mapping[str, str]
"""Names a press: the columns of the primary key, with their values."""


class StillBeingDone(Exception):
    """The first press is under way, or nobody knows any more what became of it."""


def new_id() -> str:
    """A form id, printed into the form; nothing is stored until it is sent."""
    return secrets.token_urlsafe(18)


class OneTimeForms:
    """The presses of one service, in a table with `created` and `result` beside its key."""

    def __init__(self, engine: Engine, kind: Any) -> None:
        self._engine = engine
        self._table: Table = kind.__table__

    def claim(self, key: Key, now: int, **more: str) -> bool:
        """True for the first press alone, however many come at one moment."""
        table = self._table
        try:
            with database.writing(self._engine) as connection:
                connection.execute(delete(table).where(table.c.created <= now - LIFE))
                connection.execute(insert(table).values(created=now, result="", **key, **more))
        except IntegrityError:
            return False
        return True

    def result(self, key: Key) -> str | None:
        """Where the first press led; None where it failed: the form may be sent again."""
        for _ in range(int(WAIT / STEP)):
            with database.reading(self._engine) as connection:
                row = connection.execute(
                    select(self._table.c.result).where(self._is(key))
                ).one_or_none()
            if row is None or row.result:
                return str(row.result) if row else None
            time.sleep(STEP)
        raise StillBeingDone

    def carry_out(
        self, key: Key, act: Callable[[], T], keep: Callable[[T], Mapping[str, str] | None]
    ) -> T:
        """Carry out the first press; `keep` says what to remember of it, None gives it back."""
        try:
            done = act()
        except BaseException:
            self._give_back(key)
            raise
        if kept := keep(done):
            with database.writing(self._engine) as connection:
                connection.execute(update(self._table).where(self._is(key)).values(**kept))
        else:
            self._give_back(key)
        return done

    def _give_back(self, key: Key) -> None:
        with database.writing(self._engine) as connection:
            connection.execute(delete(self._table).where(self._is(key)))

    def _is(self, key: Key) -> ColumnElement[bool]:
        return and_(*(self._table.c[name] == value for name, value in key.items()))
