"""Which statements do not keep to one record: every table that is kept by record is bound to one.

A table is bound where `record = a value` stands among the conditions that must hold, or `record =`
that of a table that is bound itself; in a subquery a table outside it will do.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

from sqlalchemy import (
    Alias,
    BinaryExpression,
    BindParameter,
    BooleanClauseList,
    ColumnClause,
    CompoundSelect,
    Delete,
    Engine,
    Join,
    Select,
    Subquery,
    TableClause,
    Update,
    event,
)
from sqlalchemy.sql import operators
from sqlalchemy.sql.selectable import SelectStatementGrouping

from fhir_rs.models.keys import KEYS
from heart_ground.prepared import Prepared

KEYED = frozenset(name for name, kept in KEYS.items() if kept == "record")
ALLOWED = {
    "fhir_rs.models.link.all_records": "the start of a job that then takes one record at a time",
    "fhir_rs.models.link.of_owner": "one PAT, one epoch for all records of an owner (FedAuthz 1.3)",
    "fhir_rs.importing.describing.waiting": "how much a job has to do",
    "fhir_rs.importing.describing.run": "the start of a job that then takes one record at a time",
    "fhir_rs.models.label_report.all_waiting": "an operator asks what waits for an answer",
    "fhir_rs.models.adoption.records_referring": "an import asks whose what it found belongs to",
    "fhir_rs.models.adoption.records_holding": "an import asks whose what it found belongs to",
}
"""Where a statement may ask about more than one record, and why."""


class Watch:
    """Notes the statements of this process that do not keep to one record."""

    def __init__(self) -> None:
        self.found: dict[str, str] = {}
        self._seen: set[Any] = set()

    def begin(self) -> None:
        """Look at what is executed, and at what is compiled for the driver."""
        event.listen(Engine, "before_execute", self._executed)
        sound, watch = Prepared.__init__, self

        def made(self: Prepared, statement: Any, *more: Any, **named: Any) -> None:
            watch.look_once(statement)
            sound(self, statement, *more, **named)

        Prepared.__init__ = made  # type: ignore[method-assign]

    def _executed(self, _connection: Any, statement: Any, *_more: Any) -> None:
        self.look_once(statement)

    def look_once(self, statement: Any) -> None:
        """Note `statement` if it should not be, unless one like it was looked at."""
        key = statement._generate_cache_key()
        if key is None or key.key not in self._seen:
            self._seen.add(None if key is None else key.key)
            self.look(statement)

    def look(self, statement: Any) -> None:
        """Note `statement` if it should not be."""
        unbound = sorted(set(unbound_of(statement)))
        if unbound:
            origin = _origin()
            if origin not in ALLOWED:
                self.found[origin] = f"{', '.join(unbound)} in {statement}"


def _origin() -> str:
    """The function of the service that asks."""
    frame: Any = sys._getframe(1)
    while frame is not None:
        module = str(frame.f_globals.get("__name__"))
        if module.startswith(("fhir_rs.", "tests.")) and not module.endswith(".one_shard"):
            return f"{module}.{frame.f_code.co_name}"
        frame = frame.f_back
    return "elsewhere"


def unbound_of(statement: Any, outside: frozenset[str] = frozenset()) -> Iterator[str]:
    """The tables in `statement` that nothing binds to a record, by name."""
    if isinstance(statement, CompoundSelect):
        for each in statement.selects:
            yield from unbound_of(each, outside)
        return
    if isinstance(statement, SelectStatementGrouping):
        yield from unbound_of(statement.element, outside)
        return
    if not isinstance(statement, Select | Update | Delete):
        return
    tables: dict[str, str] = {}
    conditions = list(_parts(statement.whereclause))
    froms = statement.get_final_froms() if isinstance(statement, Select) else [statement.table]
    for each in froms:
        _take(each, tables, conditions)
    bound = outside | _bound(set(tables), outside, conditions)
    yield from (table for name, table in tables.items() if name not in bound)
    for inner in _inside(statement):
        yield from unbound_of(inner, bound)


def _take(source: Any, tables: dict[str, str], conditions: list[Any]) -> None:
    """The tables of one member of FROM, and the conditions of its joins."""
    if isinstance(source, Join):
        _take(source.left, tables, conditions)
        _take(source.right, tables, conditions)
        conditions.extend(_parts(source.onclause))
        return
    table = source.element if isinstance(source, Alias) else source
    if isinstance(table, TableClause) and table.name in KEYED:
        tables[str(source.name)] = table.name


def _parts(condition: Any) -> Iterator[Any]:
    """What must hold, each by itself."""
    if isinstance(condition, BooleanClauseList) and condition.operator is operators.and_:
        for each in condition.clauses:
            yield from _parts(each)
    elif hasattr(condition, "element") and type(condition).__name__ == "Grouping":
        yield from _parts(condition.element)
    elif condition is not None:
        yield condition


def _bound(names: set[str], outside: frozenset[str], conditions: list[Any]) -> frozenset[str]:
    pairs = [
        (each.left, each.right)
        for each in conditions
        if isinstance(each, BinaryExpression) and each.operator is operators.eq
    ]
    pairs += [(right, left) for left, right in pairs]
    bound = set(outside)
    while True:
        more = {
            name
            for left, right in pairs
            if (name := _keyed(left)) in names - bound
            and (isinstance(right, BindParameter) or _keyed(right) in bound)
        }
        if not more:
            return frozenset(bound)
        bound |= {str(name) for name in more}


def _keyed(column: Any) -> str | None:
    """The table that `column` is the record of."""
    if isinstance(column, ColumnClause) and column.name == "record" and column.table is not None:
        return str(column.table.name)
    return None


def _inside(element: Any) -> Iterator[Any]:
    """The selects that stand in `element`, the outermost only."""
    for child in element.get_children():
        if isinstance(child, Select | CompoundSelect):
            yield child
        elif isinstance(child, Subquery) or not isinstance(child, TableClause | Alias):
            yield from _inside(child)
