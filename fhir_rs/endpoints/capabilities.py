"""capabilities: what this server can do (FHIR R4 CapabilityStatement).

    GET /fhir/metadata        GET /fhir/r/{record}/metadata

The same for every record, whatever is in it.
"""

from __future__ import annotations

import json
from typing import Any

from flask import Blueprint, Response
from flask.typing import ResponseReturnValue

from fhir_rs.answers.served_types import served_types
from fhir_rs.context import current_rs
from fhir_rs.enforcement.query import MAX_PARAMETERS
from fhir_rs.enforcement.result_parameters import MAX_COUNT
from fhir_rs.enforcement.search_values import MAX_VALUES
from fhir_rs.errors import FHIR_JSON
from fhir_rs.protection.published import document_of_as, endpoints_in

bp = Blueprint("capabilities", __name__)
OAUTH_URIS = "http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris"
_LIMITS = (
    f"A search takes {MAX_PARAMETERS} parameters, each with {MAX_VALUES} alternatives. A page "
    f"holds {MAX_COUNT} matches, and a larger _count is cut to that. Matches are sorted by date, "
    "_id and _lastUpdated, several of them at once. A Bundle holds 100 entries."
)


def capabilities(record: str = "") -> ResponseReturnValue:
    """The CapabilityStatement."""
    settings = current_rs.settings
    url = current_rs.settings.record_base(record) if record else settings.base_url
    rest = {
        "mode": "server",
        "documentation": _LIMITS,
        "security": _security(),
        "interaction": [{"code": "batch"}, {"code": "transaction"}],
    }
    statement = {
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": "2026-01-01",
        "kind": "instance",
        "software": {"name": "heart-uma fhir_rs"},
        "implementation": {"description": settings.name, "url": url},
        "fhirVersion": "4.0.1",
        "format": ["application/fhir+json", "json"],
    }
    resources = f'"resource":{served_types()}'
    text = f'{json.dumps(statement)[:-1]},"rest":[{json.dumps(rest)[:-1]},{resources}}}]}}'
    headers = {"Cache-Control": "public, max-age=300"}
    return Response(text, content_type=FHIR_JSON, headers=headers)


def _security() -> dict[str, Any]:
    issuer = current_rs.settings.trusted_as[0]
    document = document_of_as(current_rs.authorization_servers, current_rs.http, issuer)
    endpoints = endpoints_in(document)
    uris = [
        {"url": name, "valueUri": endpoints[f"{key}_endpoint"]}
        for name, key in (
            ("authorize", "authorization"),
            ("token", "token"),
            ("register", "registration"),
            ("introspect", "introspection"),
            ("revoke", "revocation"),
        )
        if f"{key}_endpoint" in endpoints
    ]
    system = "http://terminology.hl7.org/CodeSystem/restful-security-service"
    return {
        "extension": [{"url": OAUTH_URIS, "extension": uris}],
        "cors": True,
        "service": [{"coding": [{"system": system, "code": "SMART-on-FHIR"}]}],
        "description": "Each record answers 401 with an UMA challenge (HEART, UMA 2.0).",
    }
