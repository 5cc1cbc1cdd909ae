"""smart-configuration: where SMART apps get their tokens (SMART App Launch 2.2).

    GET /fhir/.well-known/smart-configuration

Members shared with the authorization server's own metadata are copied from it.
"""

from __future__ import annotations

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue

from fhir_rs.context import current_rs
from fhir_rs.errors import Unavailable
from fhir_rs.protection.published import document_of_as

bp = Blueprint("smart_configuration", __name__)
_SHARED = (
    "issuer",
    "jwks_uri",
    "authorization_endpoint",
    "token_endpoint",
    "introspection_endpoint",
    "revocation_endpoint",
    "registration_endpoint",
    "grant_types_supported",
    "response_types_supported",
    "token_endpoint_auth_methods_supported",
    "code_challenge_methods_supported",
    "scopes_supported",
)
# Only what is true of this pair of servers (SMART App Launch 2.2, capabilities).
CAPABILITIES = ("client-confidential-asymmetric", "client-public", "sso-openid-connect")


def smart_configuration(record: str = "") -> ResponseReturnValue:
    """JSON whatever the Accept header says; 503 while the authorization server cannot be read."""
    issuer = current_rs.settings.trusted_as[0]
    document = document_of_as(current_rs.authorization_servers, current_rs.http, issuer)
    if "token_endpoint" not in document:
        raise Unavailable("The authorization server cannot be read now.")
    shared = {name: document[name] for name in _SHARED if name in document}
    response = jsonify(**shared, capabilities=list(CAPABILITIES))
    response.headers["Cache-Control"] = "public, max-age=300"
    return response
