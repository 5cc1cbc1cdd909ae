"""FHIR answers with their headers: ETag, Last-Modified, Location (R4 http 3.1.0.1)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from flask import Response
from sqlalchemy import Row

from fhir_rs.answers.entity_tags import names
from fhir_rs.errors import answer
from fhir_rs.models.shown_resource import Shown
from heart_ground.moments import http_date


def entity_tag(version: int, cut: str = "") -> str:
    """The ETag of a version; one that was cut for its reader is another representation of it."""
    return f'W/"{version}-{cut}"' if cut else f'W/"{version}"'


def version_headers(version: int, updated: int, cut: str = "") -> dict[str, str]:
    """ETag and Last-Modified of one version; `cut` as in `entity_tag`."""
    moment = datetime.fromtimestamp(updated // 1_000_000, UTC)
    return {"ETag": entity_tag(version, cut), "Last-Modified": http_date(moment)}


def is_held(row: Row[Any], shown: Shown, if_none_match: str | None) -> bool:
    """True when the client says that it has this version, just as this caller gets it."""
    version = f"{row.version}-{shown.cut}" if shown.cut else str(row.version)
    return if_none_match is not None and names(if_none_match, version)


def resource_answer(row: Row[Any], shown: Shown, *, held: bool = False) -> Response:
    """One stored resource, `shown` as this caller gets it; 304 when the client holds it."""
    headers = version_headers(row.version, row.updated, shown.cut)
    return answer(b"", 304, headers) if held else answer(shown.body, 200, headers)
