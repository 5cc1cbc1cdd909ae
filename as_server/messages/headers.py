"""Security headers on every answer, and who may keep it."""

from __future__ import annotations

from flask import Response

from heart_ground import headers

PUBLIC_DOCUMENTS = frozenset({"discovery", "jwks", "openapi"})


def set_headers(response: Response, blueprint: str | None, *, is_https: bool) -> None:
    """The headers of one answer of this blueprint."""
    public = blueprint in PUBLIC_DOCUMENTS and response.status_code == 200
    headers.complete(response, secure=is_https, public=public)
    if response.headers["Cache-Control"] == "no-store":
        response.headers["Pragma"] = "no-cache"  # RFC 6749 5.1
