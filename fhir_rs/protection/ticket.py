"""The challenge: a ticket for what a request can touch, never for what is there (HFU-8..11)."""

from __future__ import annotations

from flask import request

from fhir_rs.context import current_rs
from fhir_rs.db import reading
from fhir_rs.enforcement.required import Required
from fhir_rs.errors import AuthorizationServerUnreachable, Forbidden
from fhir_rs.models import registration
from fhir_rs.models.link import Linked
from fhir_rs.protection import pat, registrar
from heart_uma.challenge import Challenge
from heart_uma.labels import label_scopes
from heart_uma.protection_api import ProtectionApiError
from heart_uma.resources import Permission
from heart_uma.scopes import BTG

_LABELS = frozenset(label_scopes())
_EMERGENCY = "http://terminology.hl7.org/CodeSystem/v3-ActReason#BTG"


def challenge(link: Linked, required: Required) -> Challenge:
    """A fresh challenge for this interaction (F-74).

    Raise AuthorizationServerUnreachable for whatever keeps the ticket from being had (F-97).
    """
    try:
        return _challenge(link, required)
    except ProtectionApiError as error:
        if error.code not in ("invalid_resource_id", "invalid_scope"):
            raise AuthorizationServerUnreachable from error
    # The authorization server lost or changed registrations: make them again, try once more.
    try:
        registrar.sync(link)
        return _challenge(link, required)
    except ProtectionApiError as error:
        raise AuthorizationServerUnreachable from error


def _challenge(link: Linked, required: Required) -> Challenge:
    if not registrar.is_current(link) and not registrar.sync(link):
        raise AuthorizationServerUnreachable
    with reading(current_rs.engine) as connection:
        slices = registration.of_record(connection, link.record)
    permissions = _permissions(required, slices, emergency=is_emergency())
    if not permissions:
        raise Forbidden("Nothing of that kind can be shared.")
    ticket = pat.call(link, lambda api: api.permission(permissions))
    return Challenge(realm(current_rs.settings.name), link.issuer, ticket)


def _permissions(
    required: Required, slices: registration.Slices, *, emergency: bool
) -> list[Permission]:
    """Each (type, kind) with its base scope and every label scope there is (HFU-9)."""
    scopes: dict[str, set[str]] = {}
    for needed in required.permissions:
        if (needed.type, needed.kind) in slices:
            resource_id, _ = slices[needed.type, needed.kind]
            scopes.setdefault(resource_id, set()).add(needed.scope)
    # An emergency is for reading only (HFU-23).
    lifted = _LABELS | {BTG} if emergency else _LABELS
    return [
        Permission(resource_id, frozenset(base) | (lifted if _reads(base) else _LABELS))
        for resource_id, base in scopes.items()
    ]


def _reads(scopes: set[str]) -> bool:
    return all(scope.endswith(".read") for scope in scopes)


def is_emergency() -> bool:
    """True when the client breaks the glass by the `Category` header (HFU-11)."""
    values = request.headers.getlist("Category")
    categories = [part.strip() for value in values for part in value.split(",")]
    return any(each.split(";")[0].strip() == _EMERGENCY for each in categories)


def realm(name: str) -> str:
    """The practice's name as a quoted-string may hold it: printable ASCII."""
    return "".join(c if " " <= c <= "~" else "?" for c in name)
