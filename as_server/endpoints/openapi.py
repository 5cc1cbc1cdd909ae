"""The OpenAPI 3.1 document of this server, made from its routes.

GET /openapi.json
"""

from flask import Response, jsonify

from as_server.context import current_as

CACHE = "public, max-age=3600"


def read() -> Response:
    response = jsonify(current_as.openapi())
    response.headers["Cache-Control"] = CACHE
    return response
