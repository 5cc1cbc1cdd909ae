"""A searchset from a condition: count, page, includes, what is held back, then the audit entry.

Search and `$everything` are answered here, by the same statements.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from flask import Response
from sqlalchemy import Connection, Row, and_, select

from fhir_rs import held_back
from fhir_rs.bundles import disclosed, searchset
from fhir_rs.cursors import open_cursor, seal_cursor
from fhir_rs.db import snapshot
from fhir_rs.enforcement.query import SearchQuery
from fhir_rs.errors import answer
from fhir_rs.models import joining, searching
from fhir_rs.models.criteria import Scope
from fhir_rs.models.record import identity_patient
from fhir_rs.models.searching import SHOWN, Page
from fhir_rs.models.visibility import RESOURCE, Condition
from fhir_rs.protection.guard import Access


@dataclass(frozen=True, slots=True)
class Asked:
    """A question to one record, understood and authorised."""

    interaction: str
    condition: Condition
    url: str
    pairs: tuple[tuple[str, str], ...]
    kinds: frozenset[str] | None
    types: frozenset[str] | None
    query: SearchQuery

    def link(self, cursor: str | None = None) -> str:
        """The address of this question, or of a later page of it."""
        pairs = [*self.pairs, *([("_cursor", cursor)] if cursor else [])]
        return f"{self.url}?{urlencode(pairs)}" if pairs else self.url

    def bound_to(self, access: Access) -> str:
        """Who and what a cursor is good for: this party, this question."""
        actor = access.actor
        who = f"{actor.issuer} {actor.client_id} {actor.kind} {actor.name} {actor.organization}"
        return f"{self.link()}\n{who}"


def search_answer(access: Access, scope: Scope, asked: Asked) -> Response:
    """The searchset; its audit entry is on disk before it leaves."""
    query = asked.query
    with snapshot() as connection:
        identity = identity_patient(connection, scope.record)
        condition = asked.condition
        if identity is not None:
            # A copy that only says whose record this is comes along, and counts nowhere.
            condition = and_(condition, RESOURCE.c.address != identity)
        total = searching.count(connection, condition) if query.want_total else None
        page, included = Page((), None), []
        if not query.only_count:
            after = open_cursor(query.cursor, asked.bound_to(access)) if query.cursor else None
            page = searching.page(
                connection, condition, limit=query.count, sort=query.sort, after=after
            )
            included = joining.included(connection, scope, query, page.rows)
            if identity is not None and query.cursor is None:
                included = [*_identity(connection, scope, asked, identity), *included]
        outcome = _held_back(connection, access, scope, asked)
    links = [("self", asked.link())]
    if page.after is not None:
        links.append(("next", asked.link(seal_cursor(page.after, asked.bound_to(access)))))
    access.disclose(disclosed([*page.rows, *included]), asked.interaction)
    base = asked.url.rsplit("/r/", 1)[0] + f"/r/{scope.record}"
    body = searchset(
        base, total=total, links=links, matches=page.rows, included=included, outcome=outcome
    )
    return answer(body, 200)


def _identity(
    connection: Connection, scope: Scope, asked: Asked, identity: str
) -> Sequence[Row[Any]]:
    if asked.types is not None and "Patient" not in asked.types:
        return []
    if asked.kinds is not None and "about" not in asked.kinds:
        return []
    statement = select(*SHOWN).where(
        scope.sees(frozenset({"Patient"})), RESOURCE.c.address == identity
    )
    return connection.execute(statement).all()


def _held_back(
    connection: Connection, access: Access, scope: Scope, asked: Asked
) -> dict[str, Any] | None:
    if access.owner:
        return None
    incomplete: list[str] = []
    if held_back.tells_kinds(access.tell):
        incomplete = joining.incomplete_kinds(
            connection,
            scope,
            None if asked.kinds is None else sorted(asked.kinds),
            None if asked.types is None else sorted(asked.types),
        )
    return held_back.outcome(access.tell, incomplete)
