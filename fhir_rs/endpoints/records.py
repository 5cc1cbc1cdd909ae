"""$records: the owner's list of what is in her record, with topics and levels.

GET /fhir/r/{record}/$records?kind=conditions&q=sugar&_count=100
"""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection, Row, select
from sqlmodel import col

from fhir_rs.context import current_rs
from fhir_rs.db import snapshot
from fhir_rs.enforcement.grant import Disclosed
from fhir_rs.enforcement.result_parameters import count_of
from fhir_rs.enforcement.search_values import QueryError
from fhir_rs.enforcement.titles import person_name
from fhir_rs.errors import Invalid
from fhir_rs.models import owner_view
from fhir_rs.models.record import Record
from fhir_rs.models.resource import PENDING
from fhir_rs.models.storing import find
from heart_uma.kinds import KIND_NAMES
from heart_uma.labels import topics_of
from heart_uma.levels import LEVELS

bp = Blueprint("records", __name__)
PAGE, MOST = 100, 500
_LEVEL_NAMES = {number: name for name, number in LEVELS.items()}


def records(record: str) -> ResponseReturnValue:
    """A page of resources; `total` counts all that fit the filters."""
    access = current_rs.authorize_owner(record)
    kind, words, limit = _filters()
    bound_to = f"$records {record} {kind} {words}"
    cursor = request.args.get("cursor")
    after = current_rs.cursors.open(cursor, bound_to)[1] if cursor else None
    with snapshot(current_rs.engine) as connection:
        counted = owner_view.counted(connection, record)
        condition = owner_view.narrowed(counted, kind=kind, words=words)
        total = owner_view.count(connection, condition)
        rows = owner_view.page(connection, condition, limit=limit + 1, after=after)
        directory = owner_view.directory_count(connection, record)
        about = _about(connection, record)
    shown = rows[:limit]
    following = None
    if len(rows) > limit:
        pairs = [*(p for p in request.args.items() if p[0] != "cursor")]
        pairs.append(("cursor", current_rs.cursors.seal(([], shown[-1].pk), bound_to)))
        following = f"{access.base}/$records?{urlencode(pairs)}"
    access.disclose([Disclosed(row.type, row.id, row.kind) for row in shown], "records")
    return jsonify(
        record=access.base,
        **about,
        total=total,
        directory=directory,
        resources=[_resource(row) for row in shown],
        next=following,
    )


def _resource(row: Row[Any]) -> dict[str, Any]:
    return {
        "id": row.address,
        "kind": row.kind,
        "title": row.title,
        "date": row.date,
        "topics": topics_of(row.labels),
        "level": _LEVEL_NAMES[row.level % PENDING],
        "source": current_rs.settings.name,
    }


def _about(connection: Connection, record: str) -> dict[str, Any]:
    row = connection.execute(
        select(col(Record.name), col(Record.patient_ref)).where(col(Record.id) == record)
    ).one()
    patient = find(connection, record, row.patient_ref) if row.patient_ref else None
    resource = json.loads(patient.body) if patient is not None else {}
    return {
        "name": current_rs.settings.name,
        "patient": {
            "id": row.patient_ref,
            "name": person_name(resource) or row.name,
            "birthDate": resource.get("birthDate"),
        },
    }


def _filters() -> tuple[str | None, str | None, int]:
    kind, words = request.args.get("kind"), request.args.get("q")
    if kind is not None and kind not in KIND_NAMES:
        raise Invalid("There is no such kind.")
    if words is not None and len(words) > 100:
        raise Invalid("q is at most 100 characters.")
    try:
        count = count_of(request.args.get("_count", str(PAGE)), MOST)
    except QueryError as error:
        raise Invalid(f"_count: {error}.") from error
    return kind, words, max(count, 1)
