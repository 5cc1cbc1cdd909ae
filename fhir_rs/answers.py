"""FHIR answers with their headers: ETag, Last-Modified, Location (R4 http 3.1.0.1)."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

from flask import Response
from sqlalchemy import Row

from fhir_rs.errors import answer


def version_headers(version: int, updated: int) -> dict[str, str]:
    """ETag and Last-Modified of one version."""
    moment = datetime.fromtimestamp(updated // 1_000_000, UTC)
    return {"ETag": f'W/"{version}"', "Last-Modified": format_datetime(moment, usegmt=True)}


def resource_answer(row: Row[Any], body: bytes, *, if_none_match: str | None = None) -> Response:
    """One stored resource, `body` as this caller gets it; 304 when the client has the version.

    Some clients send the bare version id instead of an entity tag.
    """
    headers = version_headers(row.version, row.updated)
    known = {tag.strip() for tag in (if_none_match or "").split(",")}
    if known & {headers["ETag"], f'"{row.version}"', str(row.version)}:
        return answer(b"", 304, headers)
    return answer(body, 200, headers)
