"""The metadata documents: one builder, three addresses (RFC 8414, OIDC Discovery, Grant 2).

GET /.well-known/uma2-configuration
"""

from typing import Any

from flask import Response, jsonify

from as_server.clients.profiles import CLIENT_CREDENTIALS, SECRET_METHODS
from as_server.context import current_as
from as_server.models.client import UMA_TICKET
from heart_ui import words
from heart_uma.jose import ALGORITHMS
from heart_uma.metadata import HEART_FHIR_UMA2_PROFILE, HEART_UMA2_PROFILE, ID_TOKEN_FORMAT
from heart_uma.scopes import PLAIN
from heart_uma.topics import label_scopes

CACHE = "public, max-age=604800"
PARAMETERS = ["purpose_of_use", "reason", "requested_until", "ask_id", "replaces", "withdraw"]


def read() -> Response:
    response = jsonify(build(current_as.settings.issuer))
    response.headers["Cache-Control"] = CACHE
    return response


def build(issuer: str) -> dict[str, Any]:
    """The one document behind all three addresses."""
    signing = list(current_as.keys.id_token_algorithms)
    methods = ["private_key_jwt", "none"]
    grant_types = ["authorization_code", "refresh_token", UMA_TICKET]
    if current_as.settings.client_profiles:
        methods += SECRET_METHODS
        grant_types.append(CLIENT_CREDENTIALS)
    return {
        "issuer": issuer,
        **{key: issuer + path for key, path in current_as.addresses.items()},
        "scopes_supported": sorted(PLAIN) + list(label_scopes()),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": grant_types,
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": signing,
        "token_endpoint_auth_methods_supported": methods,
        "token_endpoint_auth_signing_alg_values_supported": list(ALGORITHMS),
        "introspection_endpoint_auth_methods_supported": ["private_key_jwt"],
        "introspection_endpoint_auth_signing_alg_values_supported": list(ALGORITHMS),
        "revocation_endpoint_auth_methods_supported": methods,
        "revocation_endpoint_auth_signing_alg_values_supported": list(ALGORITHMS),
        "code_challenge_methods_supported": ["S256"],
        "authorization_response_iss_parameter_supported": True,
        "claims_supported": [
            *("iss", "sub", "aud", "azp", "exp", "iat", "auth_time", "nonce", "jti", "acr"),
            *("amr", "at_hash", "name", "email", "email_verified"),
        ],
        "claim_types_supported": ["normal"],
        "acr_values_supported": ["urn:heart-uma:acr:password"],
        "prompt_values_supported": ["none", "login", "consent", "select_account"],
        "claims_parameter_supported": False,
        "request_parameter_supported": False,
        "request_uri_parameter_supported": False,
        "ui_locales_supported": [tag for tag, _name in words.offered()],
        "claim_token_formats_supported": [ID_TOKEN_FORMAT],
        "uma_profiles_supported": [HEART_UMA2_PROFILE, HEART_FHIR_UMA2_PROFILE],
        "heart_uma_token_parameters_supported": PARAMETERS,
        "service_documentation": issuer + "/openapi.json",
    }
