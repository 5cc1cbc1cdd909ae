"""The addresses of the authorization server that this server names in its own documents."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import httpx

from fhir_rs.protection.authorization_server import AuthorizationServers
from heart_uma.errors import UmaError
from heart_uma.metadata import discover


def document_of_as(
    servers: AuthorizationServers, http: httpx.Client, issuer: str
) -> Mapping[str, Any]:
    """The metadata of an authorization server; {} while it cannot be read."""
    known = servers.stored(issuer)
    if known is not None:
        return known.metadata.document
    try:
        return discover(http, issuer).document
    except UmaError:
        return {}


def endpoints_in(document: Mapping[str, Any]) -> dict[str, str]:
    """The endpoints that a metadata document names, by metadata key."""
    return {
        name: value
        for name, value in document.items()
        if isinstance(value, str) and (name.endswith("_endpoint") or name == "jwks_uri")
    }
