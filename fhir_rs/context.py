"""The typed application of the resource server, for `app.py` and the endpoints; nothing below.

What lives as long as the application is made in `app.py` with what it needs. What a request is to
the rooms below is `current_request()`, made once for each, with the moment at which it came.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, cast

import httpx
from flask import Flask, current_app, request
from flask.globals import request_ctx
from flask.typing import ResponseReturnValue
from sqlalchemy import Engine

from fhir_rs.answers.cursors import Cursors
from fhir_rs.audit.log import AuditLog
from fhir_rs.audit.refused import StaleProof
from fhir_rs.enforcement.known_hints import KnownHints
from fhir_rs.enforcement.required import Required
from fhir_rs.errors import AuthorizationServerUnreachable
from fhir_rs.protection.access import Access, AuditTrail, ResourceRequest
from fhir_rs.protection.arriving import resource_request
from fhir_rs.protection.authorization_server import AuthorizationServers
from fhir_rs.protection.challenge_rate import ChallengeRate
from fhir_rs.protection.circuit import Circuit
from fhir_rs.protection.guard import Guard
from fhir_rs.protection.introspection_cache import IntrospectionCache
from fhir_rs.protection.pat import Pats
from fhir_rs.protection.registrar import Registrar
from fhir_rs.settings import Settings
from fhir_rs.writes.turn import Turn, turn
from heart_ground import moments
from heart_ground.moments import Clock
from heart_uma.jose import KeySet

_REQUEST = "fhir_rs.resource_request"


class FhirRs(Flask):
    """What the endpoints may ask for: settings, database, clock, HTTP, keys, audit, guard."""

    settings: Settings
    engine: Engine
    clock: Clock
    http: httpx.Client
    keys: KeySet
    audit: AuditLog
    trail: AuditTrail
    authorization_servers: AuthorizationServers
    circuit: Circuit
    pats: Pats
    registrar: Registrar
    introspections: IntrospectionCache
    challenge_rate: ChallengeRate
    guard: Guard
    cursors: Cursors
    known_hints: KnownHints
    openapi: Callable[[], dict[str, Any]]

    def dispatch_request(self) -> ResponseReturnValue:
        """Run the endpoint, and once more when its proof went stale before the disclosure.

        The second run introspects again; what the first wrote is rolled back. A second stale
        proof in one request means that no proof fresh enough is to be had.
        """
        try:
            return super().dispatch_request()
        except StaleProof:
            pass
        try:
            return super().dispatch_request()
        except StaleProof as error:
            raise AuthorizationServerUnreachable from error

    def authorize(self, record: str, required: Required) -> Access:
        """`Guard.authorize` for the request that runs."""
        return self.guard.authorize(current_request(), record, required)

    def authorize_owner(self, record: str) -> Access:
        """`Guard.authorize_owner` for the request that runs."""
        return self.guard.authorize_owner(current_request(), record)

    def turn(self, record: str) -> AbstractContextManager[Turn]:
        """The turn in which `record` is written."""
        return turn(self.engine, self.clock, record)


current_rs = cast(FhirRs, current_app)


def current_request() -> ResourceRequest:
    """The request that runs, as the rooms below know it; each entry of a Bundle has its own."""
    # Not in `g`: the entries of a Bundle share that with the request that brought them.
    environ = request.environ
    found = environ.get(_REQUEST)
    if found is None:
        found = environ[_REQUEST] = resource_request(
            request_ctx.request, moments.of_request(current_rs.clock)
        )
    return cast(ResourceRequest, found)
