"""$previews: how much several sets of permissions would show of this record, for its owner.

    POST /fhir/r/{record}/$previews     {"previews": [{"permissions": [...]}, ...]}

Each is answered like `$preview`, by the condition that enforces reads, but in numbers: of each
kind, of the topics that are held back, of what she hid; and the records that may give a topic away.
One answer for a page that speaks of all the people she shares with.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection, false

from fhir_rs.answers.previewed import Revealing, hints_of, known_to_hint, permissions_of
from fhir_rs.context import current_rs
from fhir_rs.db import snapshot
from fhir_rs.enforcement.grant import Disclosed, Grant, grant_of
from fhir_rs.enforcement.kinds import HELD_SLOT
from fhir_rs.enforcement.lenses import Facet, denied_topics, lenses_of
from fhir_rs.errors import Invalid
from fhir_rs.models import overview, owner_view, registration
from fhir_rs.models.visibility import RECORD_TYPES, Condition, visible
from fhir_rs.writes.body import json_request
from heart_uma.labels import topics_of
from heart_uma.resources import Permission

bp = Blueprint("previews", __name__)
MOST = 200
"""Sets of permissions in one request."""


def previews(record: str) -> ResponseReturnValue:
    """In the order in which they were asked for."""
    access = current_rs.authorize_owner(record)
    sets = _asked()
    with snapshot(current_rs.engine) as connection:
        slices = registration.of_record(connection, record)
        registered = {resource_id: slice_ for slice_, (resource_id, _) in slices.items()}
        counted = owner_view.counted(connection, record)
        unlabelled = overview.unlabelled(connection, counted)
        revealing = known_to_hint(connection, record, unlabelled, current_rs.known_hints)
        told = [
            _told(connection, record, counted, grant_of(permissions, registered), revealing)
            for permissions in sets
        ]
        totals = {row.kind: row.total for row in overview.by_kind(connection, counted, false())}
    named = [Disclosed(row.type, row.id, row.kind) for row, _given in revealing]
    access.disclose(named, "previews", counted=totals)
    return jsonify(previews=told)


def _asked() -> list[list[Permission]]:
    body = json_request(request, current_rs.settings.max_body_bytes)
    wire = body.get("previews") if isinstance(body, dict) else None
    if not isinstance(wire, list) or len(wire) > MOST:
        raise Invalid(f"previews must be a list of at most {MOST}.")
    return [permissions_of(each) for each in wire]


def _told(
    connection: Connection,
    record: str,
    counted: Condition,
    grant: Grant,
    revealing: list[Revealing],
) -> dict[str, Any]:
    # Directory types are left out of the condition: they are counted apart.
    shown = visible(grant, record, types=RECORD_TYPES)
    lenses = lenses_of(grant, "read")
    kinds = overview.by_kind(connection, counted, shown)
    seen = overview.shown_of(connection, record, shown, [row.pk for row, _given in revealing])
    topics: Counter[str] = Counter()
    for row in overview.held_labels(connection, counted, shown):
        # A Binary is held for the reason for which what it is content of is held.
        facet = Facet("", "", row.slot.removeprefix(HELD_SLOT), row.labels, 0)
        for topic in topics_of(denied_topics(lenses, facet)):
            topics[topic] += row.number
    return {
        "counts": {row.kind: {"shown": row.shown, "total": row.total} for row in kinds},
        "hidden": sum(row.hidden for row in kinds),
        "topics": topics,
        "hints": hints_of([one for one in revealing if one[0].pk in seen], lenses),
    }
