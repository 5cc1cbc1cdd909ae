"""The ledger on a connection of psycopg's own: two round trips for an entry, not one for each
statement (PostgreSQL, libpq pipeline mode).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, bindparam, func, select
from sqlalchemy.dialects.postgresql import psycopg
from sqlalchemy.exc import NoResultFound
from sqlmodel import col

from fhir_rs.audit.ledger import ADD, LOCKED_HEAD, MOVE_HEAD, SIGN, Head, Row, moved
from fhir_rs.db import writing
from fhir_rs.models.link import Link


def _text(statement: Any, *columns: str) -> tuple[str, dict[str, Any]]:
    """A statement as the driver takes it, and the parameters that it has already."""
    dialect = psycopg.dialect()  # type: ignore[no-untyped-call]
    compiled = statement.compile(dialect=dialect, column_keys=list(columns) or None)
    known = {name: value for name, value in compiled.params.items() if value is not None}
    return str(compiled), known


_HEAD, _MOVE_HEAD = _text(LOCKED_HEAD), _text(MOVE_HEAD)
_ADD, _SIGN = _text(ADD, *Row._fields), _text(SIGN, "seq", "signed")
_EPOCHS = _text(
    select(col(Link.record), col(Link.epoch))
    .where(col(Link.record) == func.any(bindparam("records")))
    .order_by(col(Link.record))
    .with_for_update(read=True)
)


class PipedLedger:
    """The ledger inside a transaction on `driver`, which is in pipeline mode."""

    def __init__(self, driver: Any) -> None:
        self._driver = driver

    def look(self, records: Iterable[str]) -> tuple[Head, dict[str, int]]:
        """Both are asked before either answer is waited for."""
        found = self._driver.execute(*_HEAD)
        sql, known = _EPOCHS
        epochs = self._driver.execute(sql, {**known, "records": sorted(set(records))})
        row = found.fetchone()
        if row is None:
            raise NoResultFound("the chain has no head")
        return Head(*row), dict(epochs.fetchall())

    def append(self, rows: Sequence[Row], head: Head, signed: str | None) -> None:
        """Entries, checkpoint, end: sent together."""
        for row in rows:
            self._driver.execute(_ADD[0], row._asdict())
        if signed is not None:
            self._driver.execute(_SIGN[0], {"seq": head.seq, "signed": signed})
        sql, known = _MOVE_HEAD
        self._driver.execute(sql, {**known, **moved(head)})


@contextmanager
def piped(engine: Engine) -> Iterator[PipedLedger]:
    """A transaction of its own; on disk when the block ends, undone when an error leaves it."""
    from psycopg import Error  # here, where PostgreSQL is used

    with writing(engine) as connection:
        driver: Any = connection.connection.driver_connection
        try:
            with driver.pipeline():
                yield PipedLedger(driver)
                driver.commit()
        except Error:
            # SQLAlchemy has not seen it, and would lend the connection to a standby again.
            connection.invalidate()
            raise
