"""Statements compiled once and run many times: building SQL costs more than running it here.

On SQLite what is prepared goes past SQLAlchemy to the driver itself; on PostgreSQL the driver
prepares the text at its server. Parameters and rows are what the driver takes and gives, but for
truth, which is a bool in both: a column of JSON is text here.
"""

from __future__ import annotations

import re
from collections import namedtuple
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Boolean, Connection, CursorResult, Dialect, Engine
from sqlalchemy.sql.dml import UpdateBase

from heart_ground import readers
from heart_ground.database import own_driver, reading

_FIRST_TABLE = re.compile(r"\bFROM \w+")


class Prepared:
    """SQL text and its parameters; those named at `run` replace the ones it was made with.

    `columns` are those that an INSERT fills, each by a parameter of its name. `index` is the one
    that SQLite reads the first table by; another plan is an error there, and no slow answer.
    """

    __slots__ = ("_bools", "_names", "_parameters", "_row", "_writes", "sql")

    def __init__(
        self,
        statement: Any,
        dialect: Dialect,
        *,
        columns: Iterable[str] | None = None,
        index: str | None = None,
    ) -> None:
        compiled = statement.compile(
            dialect=dialect,
            column_keys=None if columns is None else list(columns),
            compile_kwargs={"render_postcompile": True},
        )
        self.sql = str(compiled)
        if index is not None and dialect.name == "sqlite":
            self.sql = _FIRST_TABLE.sub(rf"\g<0> INDEXED BY {index}", self.sql, count=1)
        self._parameters: Mapping[str, Any] = dict(compiled.params)
        # None: the driver takes parameters by name.
        self._names = getattr(compiled, "positiontup", None)
        self._writes = isinstance(statement, UpdateBase)
        self._row = _row_of(statement)
        self._bools = tuple(
            place
            for place, column in enumerate(statement.exported_columns)
            if isinstance(column.type, Boolean)
        )

    def first(self, engine: Engine, **values: Any) -> Any:
        """The first row in autocommit, or None; on SQLite as the driver gives it."""
        driver = own_driver(engine)
        if driver is None or self._names is None:
            with reading(engine) as connection:
                return self.run(connection, **values).first()
        found = driver.execute(self.sql, self._in_order(values))
        row = found.fetchone()
        found.close()
        return None if row is None else self._row._make(row)

    def run(self, connection: Connection, **values: Any) -> CursorResult[Any]:
        """Execute on `connection`."""
        return connection.exec_driver_sql(self.sql, self.values(values))

    def rows(self, connection: Connection, values: Mapping[str, Any]) -> list[Any]:
        """Execute on `connection`, on SQLite on its driver; what that gave, whole."""
        if self._names is None:
            found = connection.exec_driver_sql(self.sql, {**self._parameters, **values})
            return list(found) if found.returns_rows else []
        if self._writes:
            readers.must_write(connection)
        rows = on_driver(connection, self.sql, self._in_order(values))
        if self._bools:
            rows = [self._with_bools(row) for row in rows]
        return list(map(self._row._make, rows))

    def values(self, named: Mapping[str, Any]) -> Any:
        """The parameters as the driver takes them with `sql`, for who speaks to it itself."""
        return {**self._parameters, **named} if self._names is None else self._in_order(named)

    def _in_order(self, values: Mapping[str, Any]) -> tuple[Any, ...]:
        own = self._parameters
        return tuple(
            [values[name] if name in values else own[name] for name in self._names]  # type: ignore[union-attr]
        )

    def _with_bools(self, row: tuple[Any, ...]) -> list[Any]:
        changed = list(row)
        for place in self._bools:
            if changed[place] is not None:
                changed[place] = bool(changed[place])
        return changed


def _row_of(statement: Any) -> Any:
    return namedtuple("Row", statement.exported_columns.keys(), rename=True)


def on_driver(connection: Connection, sql: str, parameters: tuple[Any, ...]) -> list[Any]:
    """Everything that SQLite's own driver gives; no statement stays open, nor what it reads."""
    driver: Any = connection.connection.dbapi_connection
    rows: list[Any] = driver.execute(sql, parameters).fetchall()
    return rows
