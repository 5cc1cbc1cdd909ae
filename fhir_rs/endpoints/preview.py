"""$preview: what a set of permissions would show of this record, for its owner.

    POST /fhir/r/{record}/$preview        {"permissions": [...as introspection gives them...],
                                           "search": "naltrexone"}

Answered by the condition that enforces reads: the ids are the ids. With `search`, each row that it
finds says so in `found`, by the name that matched.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection, Row

from fhir_rs.answers.previewed import hints_of, known_to_hint, permissions_of
from fhir_rs.context import current_rs
from fhir_rs.db import snapshot
from fhir_rs.enforcement.grant import Disclosed, grant_of
from fhir_rs.enforcement.kinds import HELD_SLOT
from fhir_rs.enforcement.lenses import Facet, Lens, denied_topics, lenses_of, why_held
from fhir_rs.enforcement.looking_up import MOST_LETTERS
from fhir_rs.enforcement.rules import hint_words, plain_words
from fhir_rs.errors import Invalid
from fhir_rs.models import looking_up, owner_view, registration
from fhir_rs.models.resource import PENDING
from fhir_rs.models.visibility import RECORD_TYPES, visible
from fhir_rs.protection.access import Access
from fhir_rs.writes.body import json_request
from heart_uma.labels import topics_of
from heart_uma.resources import Permission

bp = Blueprint("preview", __name__)


def preview(record: str) -> ResponseReturnValue:
    """The ids shown and held, why each is held, and unlabelled records that hint at a topic."""
    access = current_rs.authorize_owner(record)
    permissions, wanted = _asked()
    with snapshot(current_rs.engine) as connection:
        slices = registration.of_record(connection, record)
        registered = {resource_id: slice_ for slice_, (resource_id, _) in slices.items()}
        grant = grant_of(permissions, registered)
        # Directory types are left out of the condition: they are counted apart.
        shown = visible(grant, record, types=RECORD_TYPES)
        counted = owner_view.counted(connection, record)
        rows = owner_view.decided(connection, counted, shown)
        unlabelled = [row for row in rows if row.shown and not row.labels]
        revealing = known_to_hint(connection, record, unlabelled, current_rs.known_hints)
        found = _found(connection, access, rows, wanted) if wanted else {}
    access.disclose([Disclosed(row.type, row.id, row.kind) for row in rows], "preview")
    lenses = lenses_of(grant, "read")
    return jsonify(
        shown=[_plain(row, found) for row in rows if row.shown],
        held=[_held(row, found, lenses) for row in rows if not row.shown],
        hints=hints_of(revealing, lenses),
        counts=_counts(rows),
        total=len(rows),
    )


def _asked() -> tuple[list[Permission], str]:
    body = json_request(request, current_rs.settings.max_body_bytes)
    body = body if isinstance(body, dict) else {}
    permissions, wanted = permissions_of(body), body.get("search") or ""
    if not isinstance(wanted, str) or len(wanted) > MOST_LETTERS:
        raise Invalid(f"search is a text of at most {MOST_LETTERS} characters.")
    return permissions, wanted


def _found(
    connection: Connection, access: Access, rows: list[Row[Any]], wanted: str
) -> dict[int, str]:
    return looking_up.found(
        connection,
        access.record,
        rows,
        wanted,
        bases=access.bases,
        hints=hint_words(),
        plain=plain_words(),
    )


def _plain(row: Row[Any], found: dict[int, str]) -> dict[str, Any]:
    plain = {
        "id": row.address,
        "kind": row.kind,
        "title": row.title,
        "date": row.date,
        "source": current_rs.settings.name,
    }
    return plain | ({"found": found[row.pk]} if row.pk in found else {})


def _facet(row: Row[Any]) -> Facet:
    # A Binary is held for the reason for which what it is content of is held.
    slot, level = row.slot.removeprefix(HELD_SLOT), row.level % PENDING
    return Facet(row.address, row.type, slot, row.labels, level, row.day_low, row.day_high)


def _held(row: Row[Any], found: dict[int, str], lenses: tuple[Lens, ...]) -> dict[str, Any]:
    facet = _facet(row)
    return {
        **_plain(row, found),
        "why": why_held(lenses, facet),
        "topics": topics_of(denied_topics(lenses, facet)),
    }


def _counts(rows: list[Row[Any]]) -> dict[str, dict[str, int]]:
    counts: dict[str, dict[str, int]] = {}
    for row in rows:
        of_kind = counts.setdefault(row.kind, {"shown": 0, "total": 0})
        of_kind["total"] += 1
        of_kind["shown"] += row.shown
    return counts
