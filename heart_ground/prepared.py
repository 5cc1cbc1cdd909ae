"""Statements compiled once and run many times: building SQL costs more than running it here.

On SQLite a read may go past SQLAlchemy to the driver itself; on PostgreSQL the driver prepares the
text at its server. Parameters and rows are what the driver takes and gives: no type of SQLAlchemy
stands between, so that a column of JSON is text here.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, CursorResult, Dialect, Engine, Select

from heart_ground.database import own_driver, reading


class Prepared:
    """SQL text and its parameters; those named at `run` replace the ones it was made with."""

    __slots__ = ("_names", "_parameters", "_row", "_sql")

    def __init__(self, statement: Select[*tuple[Any, ...]], dialect: Dialect) -> None:
        compiled = statement.compile(dialect=dialect, compile_kwargs={"render_postcompile": True})
        self._sql = str(compiled)
        self._parameters: Mapping[str, Any] = dict(compiled.params)
        # None: the driver takes parameters by name.
        self._names = getattr(compiled, "positiontup", None)
        self._row = _row_of(statement)

    def first(self, engine: Engine, **values: Any) -> Any:
        """The first row in autocommit, or None; on SQLite as the driver gives it."""
        driver = own_driver(engine)
        if driver is None or self._names is None:
            with reading(engine) as connection:
                return self.run(connection, **values).first()
        parameters = {**self._parameters, **values}
        found = driver.execute(self._sql, tuple(parameters[name] for name in self._names))
        row = found.fetchone()
        found.close()
        return None if row is None else self._row._make(row)

    def run(self, connection: Connection, **values: Any) -> CursorResult[Any]:
        """Execute on `connection`."""
        parameters = {**self._parameters, **values} if values else self._parameters
        if self._names is None:
            return connection.exec_driver_sql(self._sql, dict(parameters))
        return connection.exec_driver_sql(
            self._sql, tuple(parameters[name] for name in self._names)
        )


def _row_of(statement: Select[*tuple[Any, ...]]) -> Any:
    return namedtuple("Row", statement.selected_columns.keys(), rename=True)
