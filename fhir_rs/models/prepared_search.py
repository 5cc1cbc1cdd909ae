"""A search as prepared statements: the same question under the same grant is compiled once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cached_property, lru_cache
from typing import Any, TypeVar

from sqlalchemy import BindParameter, Connection, Dialect, Row, String, and_, bindparam, select

from fhir_rs.enforcement.grant import Grant
from fhir_rs.models import search_pages
from fhir_rs.models.question import Question
from fhir_rs.models.record_state import State
from fhir_rs.models.remembered import once
from fhir_rs.models.scope import READER, RECORD, Scope
from fhir_rs.models.search_pages import SHOWN, Page
from fhir_rs.models.visibility import RESOURCE
from heart_ground.prepared import Prepared

T = TypeVar("T")
_IDENTITY: BindParameter[str] = bindparam("identity", "", type_=String)


class Statements:
    """The statements of one question under one grant; the record is bound when they run.

    Each is prepared when it is first asked: few who search go on to another page. There is one of
    each kept: it stands for the question and the grant where answers are kept.
    """

    def __init__(self, question: Question, grant: Grant, dialect: Dialect) -> None:
        self._question, self._dialect = question, dialect
        self._scope = Scope(RECORD, grant, READER)
        # A copy of the Patient that only says whose record this is counts nowhere.
        self._condition = and_(question.condition(self._scope), RESOURCE.c.address != _IDENTITY)

    @cached_property
    def count(self) -> Prepared:
        """How many match."""
        return Prepared(search_pages.count_of(self._condition), self._dialect)

    @cached_property
    def counted(self) -> Prepared:
        """How many of each kind match."""
        return Prepared(search_pages.counted_of(self._condition), self._dialect)

    @cached_property
    def first(self) -> Prepared:
        """The first page."""
        return self._page(further=False)

    @cached_property
    def further(self) -> Prepared:
        """A page behind another."""
        return self._page(further=True)

    def _page(self, *, further: bool) -> Prepared:
        query = self._question.query
        page = search_pages.page_of(
            self._condition, limit=query.count, sort=query.sort, further=further
        )
        return Prepared(page, self._dialect, index=self._question.index)

    @cached_property
    def identity(self) -> Prepared:
        """The identity copy of the Patient."""
        seen = self._scope.sees(frozenset({"Patient"}))
        return Prepared(select(*SHOWN).where(seen, RESOURCE.c.address == _IDENTITY), self._dialect)


def statements(question: Question, grant: Grant, dialect: Dialect) -> Statements:
    """The statements of a question: those of before, if it was asked before."""
    return _prepared(
        replace(question, query=replace(question.query, cursor=None, asked=())), grant, dialect
    )


_prepared = lru_cache(maxsize=512)(Statements)


class Answers:
    """The answers of one record to one question."""

    def __init__(
        self, connection: Connection, scope: Scope, question: Question, state: State
    ) -> None:
        self._connection = connection
        self._state = state
        self._bound = {**scope.bound(), "identity": state.identity or ""}
        self._query = question.query
        self._statements = statements(question, scope.grant, connection.dialect)

    def count(self) -> int:
        """How many resources match."""
        return self._kept("count", self._count)

    def counted(self) -> dict[str, int]:
        """How many resources of each kind match."""
        return self._kept("counted", self._counted)

    def _count(self) -> int:
        ((found,),) = self._statements.count.rows(self._connection, self._bound)
        return int(found)

    def _counted(self) -> dict[str, int]:
        rows = self._statements.counted.rows(self._connection, self._bound)
        return {str(row.kind): int(row.found) for row in rows}

    def _kept(self, name: str, find: Callable[[], T]) -> T:
        """What `find` finds, once for each state of the record that this connection sees."""
        if self._state.generation is None:
            return find()
        # Generations of one record only: whoever asks, and what is bound, is part of it.
        state = (self._state.generation, *sorted(self._bound.items()))
        return once(self._connection.engine, (name, self._statements, state), find)

    def page(self, after: tuple[list[Any], int] | None) -> Page:
        """The first page, or the one behind `after`: the sort keys of a row, and its number."""
        if after is None:
            rows = self._statements.first.rows(self._connection, self._bound)
        else:
            keys = {f"after_key_{place}": key for place, key in enumerate(after[0])}
            bound = {**self._bound, **keys, "after_row": after[1]}
            rows = self._statements.further.rows(self._connection, bound)
        return search_pages.as_page(rows, self._query.count)

    def identity(self) -> Sequence[Row[Any]]:
        """The identity copy of the Patient, when it is visible."""
        return self._statements.identity.rows(self._connection, self._bound)
