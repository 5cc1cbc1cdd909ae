"""A statement of a module: compiled when a database is first asked, once for each kind of one."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from sqlalchemy import BindParameter, Connection, Insert
from sqlalchemy.orm import Session
from sqlalchemy.sql.visitors import cloned_traverse

from heart_ground.prepared import Prepared


class Statement:
    """What is asked again and again, with other values under the same names.

    `build` is the statement, or makes it for the name of a dialect. `columns` are those that an
    INSERT fills. `many` names the one parameter that is a list (`IN`): its text is kept for
    lengths that double, and the last value stands in for what is missing.
    """

    def __init__(
        self, build: Any, *, columns: Iterable[str] | None = None, many: str | None = None
    ) -> None:
        self._build: Callable[[str], Any] = build if callable(build) else lambda _name: build
        self._columns = None if columns is None else tuple(columns)
        self._many = many
        self._kept: dict[tuple[str, int], Prepared] = {}

    def all(self, db: Connection | Session, **values: Any) -> list[Any]:
        """Every row, with its columns by name."""
        connection = _flushed(db) if isinstance(db, Session) else db
        length = 0
        if self._many is not None:
            values, length = self._spread(values)
        return self._prepared(connection, length).rows(connection, values)

    def first(self, db: Connection | Session, **values: Any) -> Any:
        """The first row, or None."""
        rows = self.all(db, **values)
        return rows[0] if rows else None

    def run(self, connection: Connection, **values: Any) -> None:
        """Execute it, for what it does."""
        self._prepared(connection, 0).rows(connection, values)

    def _prepared(self, connection: Connection, length: int) -> Prepared:
        dialect = connection.dialect
        found = self._kept.get((dialect.name, length))
        if found is None:
            statement = self._build(dialect.name)
            if not isinstance(statement, Insert):
                statement = _of_length(statement, self._many, length)
            found = Prepared(statement, dialect, columns=self._columns)
            self._kept[dialect.name, length] = found
        return found

    def _spread(self, values: dict[str, Any]) -> tuple[dict[str, Any], int]:
        many = str(self._many)
        listed = list(values.pop(many)) or [None]
        length = 1 << (len(listed) - 1).bit_length()
        listed += listed[-1:] * (length - len(listed))
        for place, value in enumerate(listed, start=1):
            values[f"{many}_{place}"] = value
        return values, length


def _of_length(statement: Any, many: str | None, length: int) -> Any:
    """The statement with room for so many values of its list; a list is written out only where no
    other value is missing."""

    def fill(parameter: BindParameter[Any]) -> None:
        parameter.required = False
        if parameter.key == many:
            parameter.value = [""] * length

    return cloned_traverse(statement, {}, {"bindparam": fill})


def _flushed(session: Session) -> Connection:
    """What objects of the session wait to write is seen by what is asked next."""
    session.flush()
    return session.connection()
