"""Security headers on every answer, and who may keep it."""

from __future__ import annotations

from flask import Response

from heart_ground import headers


def set_headers(response: Response, *, public: bool, is_https: bool) -> None:
    """The headers of one answer; `public` of a document that anybody may keep."""
    readable = public and response.status_code == 200
    headers.complete(response, secure=is_https, public=readable)
    if response.headers["Cache-Control"] == "no-store":
        response.headers["Pragma"] = "no-cache"  # RFC 6749 5.1
