"""The addresses of the authorization server that this server names in its own documents."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fhir_rs.context import current_rs
from heart_uma.errors import UmaError
from heart_uma.metadata import discover


def document_of_as() -> Mapping[str, Any]:
    """The metadata of the first trusted authorization server; {} while it cannot be read."""
    issuer = current_rs.settings.trusted_as[0]
    known = current_rs.authorization_servers.stored(issuer)
    if known is not None:
        return known.metadata.document
    try:
        return discover(current_rs.http, issuer).document
    except UmaError:
        return {}


def endpoints_of_as() -> dict[str, str]:
    """Its endpoints by metadata key."""
    return {
        name: value
        for name, value in document_of_as().items()
        if isinstance(value, str) and (name.endswith("_endpoint") or name == "jwks_uri")
    }
