"""Security headers on every answer, and who may read and keep it."""

from __future__ import annotations

from flask import Response, request

from as_server.clients import cross_origin
from as_server.context import current_as
from heart_ground import headers

PUBLIC_DOCUMENTS = frozenset({"discovery", "jwks", "openapi"})


def set_headers(response: Response) -> Response:
    public = request.blueprint in PUBLIC_DOCUMENTS and response.status_code == 200
    headers.complete(response, secure=current_as.settings.is_https, public=public)
    cross_origin.allow(response)
    if response.headers["Cache-Control"] == "no-store":
        response.headers["Pragma"] = "no-cache"  # RFC 6749 5.1
    return response
