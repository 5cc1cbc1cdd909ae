"""create: a new resource of this record (FHIR R4 http 3.1.0.8).

    POST /fhir/r/{record}/{type}

The id is the server's; `If-None-Exist` sees what the caller may see, nothing else (FH-41, FS-28).
"""

from __future__ import annotations

from urllib.parse import parse_qsl

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from fhir_rs import writing
from fhir_rs.answers import version_headers
from fhir_rs.bundles import disclosed
from fhir_rs.context import current_rs
from fhir_rs.db import snapshot
from fhir_rs.enforcement.query import parse_search
from fhir_rs.enforcement.resource_types import RESOURCE_TYPES
from fhir_rs.enforcement.search_values import QueryError
from fhir_rs.errors import Invalid, MultipleMatches, NotFound, answer
from fhir_rs.models import searching
from fhir_rs.models.criteria import Scope
from fhir_rs.models.versions import versions
from fhir_rs.protection.guard import Access

bp = Blueprint("create", __name__)


@bp.post("/<type_>")
def create(record: str, type_: str) -> ResponseReturnValue:
    """201 with Location and ETag."""
    if type_ not in RESOURCE_TYPES:
        raise NotFound
    new = writing.incoming(writing.json_body(current_rs.settings.max_body_bytes), type_)
    access = writing.permitted(record, "create", new)
    existing = request.headers.get("If-None-Exist")
    if existing is not None:
        found = _existing(access, type_, existing)
        if found is not None:
            return found
    return writing.create(access, new)


def _existing(access: Access, type_: str, criteria: str) -> ResponseReturnValue | None:
    """200 for the one visible match, 412 for several, None for none."""
    try:
        query = parse_search(type_, parse_qsl(criteria.lstrip("?"), keep_blank_values=True))
    except QueryError as error:
        raise Invalid(f"If-None-Exist: {error}.") from error
    scope = Scope(access.record, access.grant)
    with snapshot() as connection:
        rows = connection.execute(searching.page_of(searching.matches(scope, query), limit=1)).all()
        if len(rows) > 1:
            raise MultipleMatches
        if not rows:
            return None
        address = rows[0].address
        current = versions(connection, access.grant, access.record, address)[0]
    access.disclose(disclosed(rows), "create")
    location = f"{current_rs.record_base(access.record)}/{address}/_history/{current.version}"
    headers = {**version_headers(current.version, current.updated), "Location": location}
    return answer(b"", 200, headers)
