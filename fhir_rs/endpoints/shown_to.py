"""$shown-to: which of several sets of permissions show one resource, now and at each level.

    POST /fhir/r/{record}/$shown-to    {"id": "Condition/abc", "parties": [[...], ...]}

Each party is a list of permissions as introspection gives them: one question for all the people
she shares with. Answered by what enforces reads.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue

from fhir_rs.context import current_rs
from fhir_rs.db import snapshot
from fhir_rs.enforcement.grant import Disclosed, grant_of
from fhir_rs.enforcement.references import is_address
from fhir_rs.errors import Invalid, NotFound
from fhir_rs.models import one_shown, registration
from fhir_rs.models.resource import PENDING
from fhir_rs.writes.body import json_request
from heart_uma.levels import LEVELS
from heart_uma.resources import Permission

bp = Blueprint("shown_to", __name__)
MOST = 200
"""Parties in one question."""


def shown_to(record: str) -> ResponseReturnValue:
    """For each party whether it sees the resource now, why not, and whether it would at a level."""
    access = current_rs.authorize_owner(record)
    address, parties = _asked()
    with snapshot(current_rs.engine) as connection:
        row = one_shown.find(connection, record, address)
        if row is None:
            raise NotFound
        slices = registration.of_record(connection, record)
        registered = {resource_id: slice_ for slice_, (resource_id, _) in slices.items()}
        grants = [grant_of(permissions, registered) for permissions in parties]
        told = [one_shown.told(connection, record, row, grant) for grant in grants]
    access.disclose((Disclosed(row.type, row.id, row.kind),), "shown-to")
    levels = {number: name for name, number in LEVELS.items()}
    return jsonify(id=address, level=levels[row.level % PENDING], parties=told)


def _asked() -> tuple[str, list[list[Permission]]]:
    body = json_request(request, current_rs.settings.max_body_bytes)
    asked: dict[str, Any] = body if isinstance(body, dict) else {}
    address, parties = asked.get("id"), asked.get("parties")
    if not isinstance(address, str) or not is_address(address):
        raise Invalid("An id is like Condition/abc.")
    if not isinstance(parties, list) or len(parties) > MOST:
        raise Invalid(f"parties is a list of at most {MOST} lists of permissions.")
    try:
        return address, [[Permission.from_wire(each) for each in one] for one in parties]
    except (ValueError, AttributeError, TypeError) as error:
        raise Invalid("A permission is not in the form that introspection gives it.") from error
