"""vread: one version of a resource (FHIR R4 http 3.1.0.3).

    GET /fhir/r/{record}/{type}/{id}/_history/{vid}

A replaced version passes with its own labels and with those of the current one.
"""

from __future__ import annotations

from flask import Blueprint
from flask.typing import ResponseReturnValue

from fhir_rs.answers.bundles import disclosed
from fhir_rs.answers.headers import resource_answer
from fhir_rs.context import current_rs
from fhir_rs.db import snapshot
from fhir_rs.enforcement.required import for_instance
from fhir_rs.enforcement.resource_types import RESOURCE_TYPES
from fhir_rs.errors import NotFound
from fhir_rs.models.shown_resource import as_shown
from fhir_rs.models.versions import versions

bp = Blueprint("vread", __name__)


def vread(record: str, type_: str, id_: str, vid: str) -> ResponseReturnValue:
    """The version `vid`, current or replaced."""
    if type_ not in RESOURCE_TYPES:
        raise NotFound
    access = current_rs.authorize(record, for_instance("vread", type_))
    with snapshot(current_rs.engine) as connection:
        rows = versions(connection, access.scope, f"{type_}/{id_}")
        asked = [row for row in rows if str(row.version) == vid]
        shown = as_shown(connection, access.scope, asked, access.bases)
    if not asked:
        access.disclose((), "vread")
        raise NotFound
    access.disclose(disclosed(asked), "vread")
    return resource_answer(asked[0], shown[0])
