"""The challenge: a ticket for what a request can touch, never for what is there (Grant 3.2)."""

from __future__ import annotations

from sqlalchemy import Engine

from fhir_rs.db import reading
from fhir_rs.enforcement.required import Required
from fhir_rs.errors import AuthorizationServerUnreachable, Forbidden
from fhir_rs.models import registration
from fhir_rs.models.link import Linked
from fhir_rs.protection.access import ResourceRequest
from fhir_rs.protection.pat import Pats
from fhir_rs.protection.registrar import Registrar
from heart_uma.challenge import Challenge
from heart_uma.protection_api import ProtectionApiError
from heart_uma.resources import Permission
from heart_uma.scopes import BTG
from heart_uma.topics import label_scopes

_LABELS = frozenset(label_scopes())


class Tickets:
    """Gets tickets for the records of this server; `name` is the practice's."""

    def __init__(self, engine: Engine, pats: Pats, registrar: Registrar, name: str) -> None:
        self._engine = engine
        self._pats = pats
        self._registrar = registrar
        self._realm = realm(name)

    def challenge(self, request: ResourceRequest, link: Linked, required: Required) -> Challenge:
        """A fresh challenge for this interaction (FedAuthz 4).

        Raise AuthorizationServerUnreachable where no ticket is to be had (Grant 3.2.2).
        """
        try:
            return self._challenge(request, link, required)
        except ProtectionApiError as error:
            if error.code not in ("invalid_resource_id", "invalid_scope"):
                raise AuthorizationServerUnreachable from error
        # The authorization server lost or changed registrations: make them again, try once more.
        try:
            self._registrar.sync(link, request.now)
            return self._challenge(request, link, required)
        except ProtectionApiError as error:
            raise AuthorizationServerUnreachable from error

    def _challenge(self, request: ResourceRequest, link: Linked, required: Required) -> Challenge:
        current = self._registrar.is_current(link)
        if not current and not self._registrar.sync(link, request.now):
            raise AuthorizationServerUnreachable
        with reading(self._engine) as connection:
            slices = registration.of_record(connection, link.record)
        permissions = _permissions(required, slices, emergency=request.emergency)
        if not permissions:
            raise Forbidden("Nothing of that kind can be shared.")
        ticket = self._pats.call(link, lambda api: api.permission(permissions), request.now)
        return Challenge(self._realm, link.issuer, ticket)


def _permissions(
    required: Required, slices: registration.Slices, *, emergency: bool
) -> list[Permission]:
    """Each (type, kind) with its base scope and every label scope there is."""
    scopes: dict[str, set[str]] = {}
    for needed in required.permissions:
        if (needed.type, needed.kind) in slices:
            resource_id, _ = slices[needed.type, needed.kind]
            scopes.setdefault(resource_id, set()).add(needed.scope)
    # An emergency is for reading only.
    lifted = _LABELS | {BTG} if emergency else _LABELS
    return [
        Permission(resource_id, frozenset(base) | (lifted if _reads(base) else _LABELS))
        for resource_id, base in scopes.items()
    ]


def _reads(scopes: set[str]) -> bool:
    return all(scope.endswith(".read") for scope in scopes)


def realm(name: str) -> str:
    """The practice's name as a quoted-string may hold it: printable ASCII."""
    return "".join(c if " " <= c <= "~" else "?" for c in name)
