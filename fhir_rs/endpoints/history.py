"""history-instance: the versions of a resource that the caller may see (FHIR R4 http 3.1.0.11).

GET /fhir/r/{record}/{type}/{id}/_history
"""

from __future__ import annotations

from functools import partial
from typing import Any

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from sqlalchemy import Row

from fhir_rs.bundles import compact, disclosed
from fhir_rs.context import current_rs
from fhir_rs.db import snapshot
from fhir_rs.enforcement.description import instant
from fhir_rs.enforcement.required import for_instance
from fhir_rs.enforcement.resource_types import RESOURCE_TYPES
from fhir_rs.errors import NotFound, NotSupported, answer
from fhir_rs.models.criteria import Scope
from fhir_rs.models.naming import without_withheld
from fhir_rs.models.versions import versions
from fhir_rs.protection.guard import authorize

bp = Blueprint("history", __name__)
MOST = 100


@bp.get("/<type_>/<id_>/_history")
def history(record: str, type_: str, id_: str) -> ResponseReturnValue:
    """Newest first; `total` counts what is visible."""
    if type_ not in RESOURCE_TYPES:
        raise NotFound
    if set(request.args) - {"_format", "_pretty", "_count"}:
        raise NotSupported
    access = authorize(record, for_instance("history-instance", type_))
    with snapshot() as connection:
        rows = versions(connection, access.grant, record, f"{type_}/{id_}")
        sent = [row.body for row in rows[:MOST]]
        bodies = without_withheld(connection, Scope(record, access.grant), sent)
    access.disclose(disclosed(rows[:1]), "history-instance")
    if not rows:
        raise NotFound
    base = current_rs.record_base(record)
    head = {
        "resourceType": "Bundle",
        "type": "history",
        "total": len(rows),
        "link": [{"relation": "self", "url": f"{base}/{type_}/{id_}/_history"}],
    }
    entries = b",".join(map(partial(_entry, base), rows, bodies))
    return answer(compact(head)[:-1] + b',"entry":[' + entries + b"]}", 200)


def _entry(base: str, row: Row[Any], body: bytes) -> bytes:
    created = row.version == 1
    about = {
        "request": {
            "method": "POST" if created else "PUT",
            "url": row.type if created else row.address,
        },
        "response": {
            "status": "201" if created else "200",
            "etag": f'W/"{row.version}"',
            "lastModified": instant(row.updated),
        },
    }
    head = compact({"fullUrl": f"{base}/{row.address}"})
    return head[:-1] + b',"resource":' + body + b"," + compact(about)[1:]
