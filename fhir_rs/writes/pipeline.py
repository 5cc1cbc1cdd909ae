"""Writes: one pipeline for create, update and the entries of a Bundle.

Order: parse, authorise by what the body says it is, validate, load, decide, then in one
transaction label, store and audit.
"""

from __future__ import annotations

import uuid
from typing import Any

from flask import Response
from sqlalchemy import Connection, Row, select

from fhir_rs.answers.bundles import disclosed
from fhir_rs.answers.entity_tags import names
from fhir_rs.answers.headers import version_headers
from fhir_rs.enforcement.description import Description, describe, security_codings
from fhir_rs.enforcement.grant import Disclosed
from fhir_rs.enforcement.kinds import kind_of
from fhir_rs.enforcement.query import SearchQuery
from fhir_rs.enforcement.required import for_write
from fhir_rs.enforcement.resource_types import NOT_WRITTEN, RESOURCE_TYPES
from fhir_rs.enforcement.rules import labeling_rules
from fhir_rs.errors import (
    Conflict,
    Forbidden,
    Invalid,
    MultipleMatches,
    NotFound,
    Unprocessable,
    VersionMismatch,
    answer,
)
from fhir_rs.models import relabeling, search_pages, storing
from fhir_rs.models.search_pages import SHOWN
from fhir_rs.models.shown_resource import as_shown
from fhir_rs.models.versions import versions
from fhir_rs.models.visibility import RESOURCE
from fhir_rs.protection.access import Access, ResourceRequest
from fhir_rs.protection.guard import Guard
from fhir_rs.writes.body import Incoming
from fhir_rs.writes.checks import checked
from fhir_rs.writes.turn import Turn, Withheld
from heart_uma.strict_json import loads


def permitted(
    guard: Guard, request: ResourceRequest, record: str, interaction: str, new: Incoming
) -> Access:
    """Authorise a write by the kind that the body says it is."""
    kind = kind_of(new.resource)
    if new.type not in RESOURCE_TYPES:
        raise NotFound
    if new.type in NOT_WRITTEN:
        raise Forbidden("Resources of that type are not written here.")
    return guard.authorize(request, record, for_write(interaction, new.type, kind))


def create(
    turn: Turn,
    access: Access,
    new: Incoming,
    id_: str | None = None,
    unless: SearchQuery | None = None,
) -> Response:
    """Store a new resource under an id of the server's own (R4 http 3.1.0.8).

    `id_` is one this server has already chosen, for entries that refer to each other. `unless`
    are the criteria of a conditional create, looked for in the same turn that writes, so that two
    of them at once make one resource (R4 http 3.1.0.8.1).
    """
    connection = turn.connection
    if unless is not None:
        found = existing(connection, access, unless)
        if found is not None:
            return found
    checked(connection, access, new)
    id_ = id_ or str(uuid.uuid4())
    made = _described(turn, access, new, id_, version=1)
    storing.add(connection, access.record, [made])
    return _finish(connection, access, made, "create", 201)


def existing(connection: Connection, access: Access, query: SearchQuery) -> Response | None:
    """200 for the one match that the caller sees, 412 for several, None for none."""
    page = search_pages.page_of(search_pages.matches(access.scope, query), limit=1)
    rows = connection.execute(page).all()
    if len(rows) > 1:
        raise MultipleMatches
    if not rows:
        return None
    address = rows[0].address
    current = versions(connection, access.scope, address)[0]
    access.disclose(disclosed(rows), "create", within=connection)
    location = f"{access.base}/{address}/_history/{current.version}"
    headers = {**version_headers(current.version, current.updated), "Location": location}
    return answer(b"", 200, headers)


def update(turn: Turn, access: Access, new: Incoming, id_: str, if_match: str | None) -> Response:
    """Replace what the caller may change; never create it (R4 http, update as create)."""
    if new.resource.get("id") != id_:
        raise Invalid("The id is not the one in the address.", expression=f"{new.type}.id")
    connection, address = turn.connection, f"{new.type}/{id_}"
    writable = access.scope.sees(frozenset({new.type}), action="write")
    shown = select(RESOURCE.c.pk).where(RESOURCE.c.address == address, writable)
    if connection.execute(shown).first() is None:
        raise Withheld(access)
    old = storing.find(connection, access.record, address)
    assert old is not None  # noqa: S101
    if if_match is not None and not names(if_match, str(old.version)):
        raise VersionMismatch
    if as_shown(connection, access.scope, [old], access.bases)[0].cut:
        # Whoever was shown a part would put that part over the whole.
        raise Unprocessable("This resource is shown to you in part, so you cannot replace it.")
    checked(connection, access, new)
    made = _described(turn, access, new, id_, version=old.version + 1, old=old)
    if not storing.replace(connection, access.record, old, made):
        raise Conflict
    return _finish(connection, access, made, "update", 200)


def _described(
    turn: Turn,
    access: Access,
    new: Incoming,
    id_: str,
    *,
    version: int,
    old: Row[Any] | None = None,
) -> Description:
    before: list[dict[str, Any]] = []
    own_before: list[dict[str, Any]] = []
    own_at_least = 0
    if old is not None:
        before = security_codings(loads(old.body))
        mine = old.writer == access.writer
        own_before = loads(old.own_security.encode()) if mine else before
        own_at_least = old.own_labels if mine else old.labels
    return describe(
        new.text,
        new.resource,
        labeling_rules(),
        id_=id_,
        version=version,
        updated=turn.at,
        awake=relabeling.awake_in(turn.connection, access.record),
        # A client can raise labels, never lower them: what was there stays (R4 security labels).
        source=[*security_codings(new.resource), *before],
        at_least=0 if old is None else old.labels,
        bases=access.bases,
        writer=access.writer,
        own_source=own_before,
        own_at_least=own_at_least,
    )


def _finish(
    connection: Connection, access: Access, made: Description, interaction: str, status: int
) -> Response:
    relabeling.settle(connection, access.record)
    entry = Disclosed(made.type, made.id, str(made.columns["kind"]))
    access.disclose((entry,), interaction, within=connection)
    version, updated = made.columns["version"], made.columns["updated"]
    location = f"{access.base}/{made.address}/_history/{version}"
    headers = {**version_headers(version, updated), "Location": location}
    body = b""
    if "return=representation" in access.request.prefer:
        # What the writer may not read does not come back either.
        seen = access.scope.sees(frozenset({made.type}))
        statement = select(*SHOWN).where(RESOURCE.c.address == made.address, seen)
        rows = connection.execute(statement).all()
        shown = as_shown(connection, access.scope, rows, access.bases)
        body = b"".join(each.body for each in shown)
    return answer(body, status, headers)
