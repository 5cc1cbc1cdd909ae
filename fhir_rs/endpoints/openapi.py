"""openapi: this server's own interface as OpenAPI 3.1, from the table of its routes.

GET /openapi.json
"""

from __future__ import annotations

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue

from fhir_rs.context import current_rs

bp = Blueprint("openapi", __name__)


def openapi() -> ResponseReturnValue:
    """The document."""
    response = jsonify(current_rs.openapi())
    response.headers["Cache-Control"] = "public, max-age=300"
    return response
