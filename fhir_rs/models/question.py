"""What is asked of a record, whatever record it is."""

from __future__ import annotations

from dataclasses import dataclass

from fhir_rs.enforcement.query import SearchQuery
from fhir_rs.models import search_pages
from fhir_rs.models.resource import BY_MOMENT, BY_NUMBER
from fhir_rs.models.scope import Scope
from fhir_rs.models.visibility import Condition


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of a record, without the record: a search, or (`whole`) `$everything`.

    `types` and `kinds` narrow the whole record; `since` is in microseconds since 1970.
    """

    query: SearchQuery
    whole: bool = False
    types: frozenset[str] | None = None
    since: int | None = None

    def condition(self, scope: Scope) -> Condition:
        """The question as SQL, under the scope's grant."""
        if not self.whole:
            return search_pages.matches(scope, self.query)
        kinds = self.query.kinds
        return search_pages.everything(
            scope,
            None if self.types is None else sorted(self.types),
            None if kinds is None else sorted(kinds),
            self.since,
        )

    @property
    def index(self) -> str | None:
        """The index that has what is asked for in the order it is asked for; None where another may
        find it sooner."""
        query = self.query
        if query.criteria or query.has or query.ids:
            return None
        if not query.sort:
            return BY_NUMBER
        return BY_MOMENT if [name for name, _ in query.sort] == ["moment"] else None
