"""$level: the owner sets her own level of records.

POST /fhir/r/{record}/$level        {"level": "rules|pick|hidden", "ids": ["Condition/abc"]}
"""

from __future__ import annotations

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue

from fhir_rs.context import current_rs
from fhir_rs.db import writing
from fhir_rs.enforcement.grant import Disclosed
from fhir_rs.errors import Invalid, NotFound
from fhir_rs.models import levels, storing
from fhir_rs.models.record import lock
from fhir_rs.writes.body import json_request
from heart_uma.kinds import DIRECTORY_TYPES
from heart_uma.levels import LEVELS

bp = Blueprint("level", __name__)
MOST = 1000


def level(record: str) -> ResponseReturnValue:
    """Set the level of every id, or of none: an unknown id changes nothing."""
    access = current_rs.authorize_owner(record)
    wanted, ids = _request()
    with writing(current_rs.engine) as connection:
        lock(connection, record)
        known = storing.stored(connection, record, ids)
        if set(known) != set(ids):
            raise NotFound
        levels.set_levels(connection, record, ids, LEVELS[wanted])
        split = [(address, *address.split("/", 1)) for address in ids]
        entries = [Disclosed(type_, id_, known[address].kind) for address, type_, id_ in split]
        access.disclose(entries, "level", within=connection)
    return jsonify(level=wanted, ids=ids)


def _request() -> tuple[str, list[str]]:
    body = json_request(request, current_rs.settings.max_body_bytes)
    wanted = body.get("level") if isinstance(body, dict) else None
    ids = body.get("ids") if isinstance(body, dict) else None
    if not isinstance(wanted, str) or wanted not in LEVELS:
        raise Invalid("level must be rules, pick or hidden.")
    if not isinstance(ids, list) or not 0 < len(ids) <= MOST:
        raise Invalid(f"ids must be a list of 1 to {MOST} ids.")
    if not all(isinstance(each, str) and each.count("/") == 1 for each in ids):
        raise Invalid("An id is like Condition/abc.")
    if any(each.partition("/")[0] in DIRECTORY_TYPES for each in ids):
        raise Invalid("People and places have no level of their own.")
    return wanted, list(dict.fromkeys(ids))
