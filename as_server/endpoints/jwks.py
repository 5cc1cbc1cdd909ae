"""jwks_uri: the public keys of this server (RFC 7517; HEART OAuth 3.1.5).

GET /jwks
"""

from flask import Response, jsonify

from as_server.context import current_as

# A day, not the week HEART recommends: a stolen key must stop counting soon.
CACHE = "public, max-age=86400"


def read() -> Response:
    response = jsonify(current_as.keys.public_jwks())
    response.headers["Cache-Control"] = CACHE
    return response
