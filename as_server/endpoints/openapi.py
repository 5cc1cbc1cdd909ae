"""The OpenAPI 3.1 document of this server, built from the table in `openapi_table` and the routes.

GET /openapi.json
"""

from flask import Blueprint, Response, jsonify

from as_server.context import current_as
from as_server.openapi_table import document

bp = Blueprint("openapi", __name__)

CACHE = "public, max-age=3600"


@bp.get("/openapi.json")
def read() -> Response:
    response = jsonify(document(current_as.settings.issuer))
    response.headers["Cache-Control"] = CACHE
    return response
