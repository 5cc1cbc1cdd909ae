"""The typed application of the resource server and its current instance (wiring, DESIGN 1)."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from flask import Flask, current_app

from fhir_rs.audit.chain import StaleProof
from fhir_rs.db import in_transaction, session
from fhir_rs.errors import AuthorizationServerUnreachable
from heart_ground import moments

if TYPE_CHECKING:
    import httpx
    from flask.typing import ResponseReturnValue
    from sqlalchemy import Engine

    from fhir_rs.audit.chain import AuditLog
    from fhir_rs.protection.authorization_server import AuthorizationServers
    from fhir_rs.protection.challenge_rate import ChallengeRate
    from fhir_rs.protection.circuit import Circuit
    from fhir_rs.protection.introspection_cache import IntrospectionCache
    from fhir_rs.settings import Settings
    from heart_ground.moments import Clock
    from heart_uma.jose import KeySet


class FhirRs(Flask):
    """What the rooms of this service may ask for: settings, database, clock, HTTP, keys, audit."""

    settings: Settings
    engine: Engine
    clock: Clock
    http: httpx.Client
    keys: KeySet
    audit: AuditLog
    authorization_servers: AuthorizationServers
    circuit: Circuit
    introspections: IntrospectionCache
    challenge_rate: ChallengeRate

    def dispatch_request(self) -> ResponseReturnValue:
        """Run the endpoint, and once more when its proof went stale before the disclosure.

        The second run introspects again; what the first wrote is rolled back. A second stale
        proof in one request means that no proof fresh enough is to be had.
        """
        try:
            return super().dispatch_request()
        except StaleProof:
            if in_transaction():
                session().rollback()
        try:
            return super().dispatch_request()
        except StaleProof as error:
            if in_transaction():
                session().rollback()
            raise AuthorizationServerUnreachable from error

    def now(self) -> int:
        """The moment of this request in whole seconds since 1970."""
        return moments.seconds(moments.of_request(self.clock))

    def bases(self, record: str) -> tuple[str, ...]:
        """The addresses at which the resources of a record are, its own base first."""
        return (self.record_base(record), self.settings.base_url)

    def record_base(self, record: str) -> str:
        """The FHIR base of one record, which is also the pointer its owner hands out."""
        return f"{self.settings.base_url}/r/{record}"


current_rs = cast(FhirRs, current_app)
