"""The ledger on a connection of SQLite's own driver: it is written with every disclosure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any

from sqlalchemy import Engine, bindparam, select
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import NoResultFound
from sqlmodel import col

from fhir_rs.audit.ledger import ADD, HEAD, MOVE_HEAD, SIGN, Head, Row, moved
from fhir_rs.models.link import Link
from heart_ground.durable.write_turn import WriteTurn


class _Text:
    """A statement of the ledger as the driver takes it."""

    def __init__(self, statement: Any, *columns: str) -> None:
        compiled = statement.compile(dialect=sqlite.dialect(), column_keys=list(columns) or None)
        self.sql = str(compiled)
        self._order: Sequence[str] = compiled.positiontup
        self._known: Mapping[str, Any] = compiled.params

    def values(self, named: Mapping[str, Any]) -> tuple[Any, ...]:
        """The parameters in their order."""
        return tuple(named[name] if name in named else self._known[name] for name in self._order)


_HEAD, _MOVE_HEAD = _Text(HEAD), _Text(MOVE_HEAD)
_ADD, _SIGN = _Text(ADD, *Row._fields), _Text(SIGN, "seq", "signed")
_EPOCH = _Text(
    select(col(Link.record), col(Link.epoch)).where(col(Link.record) == bindparam("record"))
)


class OwnLedger:
    """The ledger inside a transaction on `driver`: whoever has the turn is the only writer."""

    def __init__(self, driver: Any) -> None:
        self._driver = driver

    def look(self, records: Iterable[str]) -> tuple[Head, dict[str, int]]:
        """Nobody else moves any of it: there is one writer."""
        row = self._driver.execute(_HEAD.sql, _HEAD.values({})).fetchone()
        if row is None:
            raise NoResultFound("the chain has no head")
        epochs: dict[str, int] = {}
        for record in set(records):
            epochs.update(self._driver.execute(_EPOCH.sql, (record,)))
        return Head(*row), epochs

    def append(self, rows: Sequence[Row], head: Head, signed: str | None) -> None:
        """Entries, checkpoint, end."""
        self._driver.executemany(_ADD.sql, [_ADD.values(row._asdict()) for row in rows])
        if signed is not None:
            self._driver.execute(_SIGN.sql, _SIGN.values({"seq": head.seq, "signed": signed}))
        self._driver.execute(_MOVE_HEAD.sql, _MOVE_HEAD.values(moved(head)))


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
                yield OwnLedger(driver)
        except BaseException:
            taken, self._taken = self._taken, None
            with suppress(Exception):
                taken.close()
            raise
