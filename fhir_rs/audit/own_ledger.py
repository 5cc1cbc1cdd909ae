"""The ledger on a connection of SQLite's own driver: it is written with every disclosure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any

from sqlalchemy import Dialect, Engine

from fhir_rs.audit.chain import Head, Row, end_of
from fhir_rs.audit.ledger import Found
from fhir_rs.audit.statements import statements
from heart_ground.durable.write_turn import WriteTurn


class OwnLedger:
    """The ledger inside a transaction on `driver`: whoever has the turn is the only writer."""

    def __init__(self, driver: Any, dialect: Dialect) -> None:
        self._driver = driver
        self._ask = statements(dialect)

    def look(self, record: str) -> Found:
        """Nobody else moves any of it: there is one writer."""
        execute, ask, of = self._driver.execute, self._ask, {"of": record}
        head = execute(ask.held_head.sql, ask.held_head.values(of)).fetchone()
        last = execute(ask.last.sql, ask.last.values(of)).fetchall()
        epoch = execute(ask.epoch.sql, ask.epoch.values(of)).fetchone()
        end = end_of(head, last)
        return Found(end, epoch and epoch[0])

    def begin(self, record: str, origin: Head) -> None:
        """There is one writer: it is not there yet."""
        new = {"record": record, **origin._asdict(), "signed": 0}
        self._driver.execute(self._ask.begin.sql, self._ask.begin.values(new))

    def append(self, rows: Sequence[Row], agents: Mapping[bytes, str], head: Head) -> None:
        """Agents, entries, end."""
        ask, record = self._ask, rows[0].record
        for digest, said in agents.items():
            kept = {"record": record, "digest": digest, "said": said}
            self._driver.execute(ask.keep_agents.sql, ask.keep_agents.values(kept))
        self._driver.executemany(ask.add.sql, [ask.add.values(row._asdict()) for row in rows])
        moved = {"of": record, "to_seq": head.seq, "to_hash": head.hash}
        self._driver.execute(ask.move.sql, ask.move.values(moved))


class OwnDriver:
    """The one connection of a log; whoever uses it is the log's only writer at that moment."""

    def __init__(self, engine: Engine, turn: WriteTurn) -> None:
        self._engine = engine
        self._turn = turn
        self._taken: Any = None

    @contextmanager
    def transaction(self) -> Iterator[OwnLedger]:
        """On disk when the block ends; after an error the connection is not used again."""
        if self._taken is None:
            self._taken = self._engine.raw_connection()
            self._taken.detach()
        try:
            with self._turn.on_driver(self._taken.dbapi_connection) as driver:
                yield OwnLedger(driver, self._engine.dialect)
        except BaseException:
            taken, self._taken = self._taken, None
            with suppress(Exception):
                taken.close()
            raise
