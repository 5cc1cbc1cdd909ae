"""A searchset from a condition: count, page, includes, what is held back, then the audit entry.

Search and `$everything` are answered here, by the same statements.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

from flask import Response
from sqlalchemy import Engine, Row

from fhir_rs.answers import held_back
from fhir_rs.answers.bundles import disclosed, searchset
from fhir_rs.answers.cursors import Cursors
from fhir_rs.enforcement.incomplete import incomplete_of
from fhir_rs.errors import answer
from fhir_rs.models import includes
from fhir_rs.models.prepared_search import Answers
from fhir_rs.models.question import Question
from fhir_rs.models.record_state import state_of
from fhir_rs.models.search_pages import Page, is_backwards
from fhir_rs.models.shown_resource import as_shown, labels_shown
from fhir_rs.protection.access import Access
from heart_ground.one_state import one_state

_TOO_MUCH = {
    "severity": "warning",
    "code": "too-costly",
    "details": {"text": "Not all that was to be included is here. Ask for it by itself, by pages."},
}


@dataclass(frozen=True, slots=True)
class Asked:
    """A question to one record, with its address; authorised."""

    interaction: str
    question: Question
    url: str
    pairs: tuple[tuple[str, str], ...]

    def link(self, cursor: str | None = None) -> str:
        """The address of this question, or of a later page of it."""
        own = _address(self.url, self.pairs)
        if cursor is None:
            return own
        return f"{own}{'&' if self.pairs else '?'}{urlencode({'_cursor': cursor})}"

    def bound_to(self, access: Access) -> str:
        """Who and what a cursor is good for: this party, this question."""
        actor = access.actor
        who = f"{actor.issuer} {actor.client_id} {actor.kind} {actor.name} {actor.organization}"
        return f"{self.link()}\n{who}"


@lru_cache(maxsize=256)
def _address(url: str, pairs: tuple[tuple[str, str], ...]) -> str:
    return f"{url}?{urlencode(pairs)}" if pairs else url


def search_answer(engine: Engine, cursors: Cursors, access: Access, asked: Asked) -> Response:
    """The searchset; its audit entry is on disk before it leaves."""
    query, scope = asked.question.query, access.scope
    with one_state(engine) as connection:
        state = state_of(connection, access.record)
        answers = Answers(connection, scope, asked.question, state)
        counted = answers.counted() if query.only_count else None
        total = None
        if counted is not None:
            total = sum(counted.values())
        elif query.want_total:
            total = answers.count()
        page = Page((), None)
        included: list[Row[Any]] = []
        cut = False
        if not query.only_count:
            page = answers.page(_behind(cursors, access, asked))
            joined = includes.included(connection, scope, query, page.rows)
            included, cut = joined.rows, joined.cut
            if state.identity and query.cursor is None and _asks_for_patient(asked.question):
                included = [*answers.identity(), *included]
        rows = [*page.rows, *included]
        bodies = [each.body for each in as_shown(connection, scope, rows, access.bases)]
    links = [("self", asked.link())]
    if page.after is not None:
        links.append(("next", asked.link(cursors.seal(page.after, asked.bound_to(access)))))
    access.disclose(disclosed(rows), asked.interaction, total=total, counted=counted)
    body = searchset(
        access.base,
        total=total,
        links=links,
        matches=page.rows,
        included=included,
        bodies=bodies,
        labels=[labels_shown(scope, row) for row in rows],
        outcome=_outcome(_held_back(access, asked.question), cut),
    )
    return answer(body, 200)


def _behind(cursors: Cursors, access: Access, asked: Asked) -> tuple[list[Any], int] | None:
    """Where the page begins, if not at the beginning."""
    query = asked.question.query
    if query.cursor is None:
        return None
    return cursors.open(query.cursor, asked.bound_to(access), backwards=is_backwards(query.sort))


def _asks_for_patient(question: Question) -> bool:
    of_type = question.types is None or "Patient" in question.types
    return of_type and (question.query.kinds is None or "about" in question.query.kinds)


def _outcome(notice: dict[str, Any] | None, cut: bool) -> dict[str, Any] | None:
    """The notice, and a warning where not all that comes along could be brought (R4 search)."""
    if not cut:
        return notice
    begun = notice or {"resourceType": "OperationOutcome"}
    return {**begun, "issue": [*begun.get("issue", ()), _TOO_MUCH]}


def _held_back(access: Access, question: Question) -> dict[str, Any] | None:
    """The notice of what may be held back: from the grant and the question, never from the data."""
    if access.owner:
        return None
    kinds = question.query.kinds
    return held_back.outcome(access.tell, incomplete_of(access.grant, question.types, kinds))
