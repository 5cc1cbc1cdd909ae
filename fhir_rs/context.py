"""The typed application of the resource server and its current instance (wiring, DESIGN 1)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, cast

from flask import Flask, current_app

if TYPE_CHECKING:
    import httpx
    from sqlalchemy import Engine

    from fhir_rs.audit import AuditLog
    from fhir_rs.protection.authorization_server import AuthorizationServers
    from fhir_rs.protection.introspection_cache import IntrospectionCache
    from fhir_rs.settings import Settings
    from heart_uma.jose import KeySet


class FhirRs(Flask):
    """What the rooms of this service may ask for: settings, database, clock, HTTP, keys, audit."""

    settings: Settings
    engine: Engine
    clock: Callable[[], datetime]
    http: httpx.Client
    keys: KeySet
    audit: AuditLog
    authorization_servers: AuthorizationServers
    introspections: IntrospectionCache

    def now(self) -> int:
        """The clock in whole seconds since 1970."""
        return int(self.clock().timestamp())

    def record_base(self, record: str) -> str:
        """The FHIR base of one record, which is also the pointer its owner hands out."""
        return f"{self.settings.base_url}/r/{record}"


current_rs = cast(FhirRs, current_app)
