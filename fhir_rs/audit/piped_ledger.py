"""The ledger on a connection of psycopg's own: two round trips for an entry, not one for each
statement (PostgreSQL, libpq pipeline mode).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Dialect, Engine

from fhir_rs.audit.chain import Head, Row, end_of
from fhir_rs.audit.ledger import Found
from fhir_rs.audit.statements import statements
from fhir_rs.db import writing
from heart_ground.prepared import Prepared


class PipedLedger:
    """The ledger inside a transaction on `driver`, which is in pipeline mode."""

    def __init__(self, driver: Any, dialect: Dialect) -> None:
        self._driver = driver
        self._ask = statements(dialect)

    def look(self, record: str) -> Found:
        """The head first: it is what appenders wait for. No answer is waited for between."""
        ask, of = self._ask, {"of": record}
        heads, last, epochs = (self._run(each, of) for each in (ask.held_head, ask.last, ask.epoch))
        head, epoch = heads.fetchone(), epochs.fetchone()
        end = end_of(head, last.fetchall())
        return Found(end, epoch and epoch[0])

    def begin(self, record: str, origin: Head) -> None:
        """Waits for whoever does the same."""
        self._run(self._ask.begin, {"record": record, **origin._asdict(), "signed": 0})

    def append(self, rows: Sequence[Row], agents: Mapping[bytes, str], head: Head) -> None:
        """Agents, entries, end: sent together."""
        ask, record = self._ask, rows[0].record
        for digest, said in agents.items():
            self._run(ask.keep_agents, {"record": record, "digest": digest, "said": said})
        for row in rows:
            self._run(ask.add, row._asdict())
        self._run(ask.move, {"of": record, "to_seq": head.seq, "to_hash": head.hash})

    def _run(self, statement: Prepared, named: Mapping[str, Any]) -> Any:
        return self._driver.execute(statement.sql, statement.values(named))


@contextmanager
def piped(engine: Engine) -> Iterator[PipedLedger]:
    """A transaction of its own; on disk when the block ends, undone when an error leaves it."""
    with writing(engine) as connection, _pipeline(connection) as driver:
        yield PipedLedger(driver, engine.dialect)
        driver.commit()


@contextmanager
def piped_in(connection: Connection) -> Iterator[PipedLedger]:
    """The ledger in the transaction that `connection` is in."""
    with _pipeline(connection) as driver:
        yield PipedLedger(driver, connection.dialect)


@contextmanager
def _pipeline(connection: Connection) -> Iterator[Any]:
    """The driver of `connection`, in pipeline mode."""
    from psycopg import Error  # here, where PostgreSQL is used

    driver: Any = connection.connection.driver_connection
    try:
        with driver.pipeline():
            yield driver
    except Error:
        # SQLAlchemy has not seen it, and would lend the connection to a standby again.
        connection.invalidate()
        raise
