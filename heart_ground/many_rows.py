"""Many rows of one table at a time, as tuples: no dict and no compiled value for each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Table, insert
from sqlalchemy.dialects import sqlite


class ManyRows:
    """An INSERT into `columns` of a table, compiled once; values are as the driver takes them."""

    def __init__(self, table: Table, columns: Sequence[str]) -> None:
        self._insert = insert(table)
        self._columns = tuple(columns)
        compiled = self._insert.compile(dialect=sqlite.dialect(), column_keys=list(columns))
        self._sql = str(compiled)
        # The table has an order of its own.
        self._order = tuple(self._columns.index(name) for name in compiled.positiontup or ())
        self._in_order = self._order == tuple(range(len(self._columns)))

    def add(self, connection: Connection, rows: Sequence[tuple[Any, ...]]) -> None:
        """Insert `rows`, each with its values in the order of the columns."""
        if not rows:
            return
        if connection.dialect.name != "sqlite":
            # There many rows are one statement, put together by SQLAlchemy.
            named = [dict(zip(self._columns, row, strict=True)) for row in rows]
            connection.execute(self._insert, named)
            return
        if not self._in_order:
            rows = [tuple(row[place] for place in self._order) for row in rows]
        connection.exec_driver_sql(self._sql, list(rows))
