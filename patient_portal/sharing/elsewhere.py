"""Places that speak UMA and none of our extensions (FedAuthz 3): by the names they registered.

Rules reach what they registered like anything else. What is in it, only they know: there is no
preview, no count and no list of looks, and nobody can say whether they answer.
"""

from __future__ import annotations

from flask import url_for

from heart_uma.kinds import KIND_NAMES
from patient_portal.policies.granted import Granted
from patient_portal.policies.linked import Record, Registered
from patient_portal.sharing.as_api import SharingService


def places(service: SharingService) -> list[Record]:
    """Those of them that are linked."""
    return [one for one in service.linked() if not one.record]


def found(service: SharingService, resource_id: str) -> tuple[Record, Registered] | None:
    """The resource that one of them registered under this id."""
    return _one(places(service), resource_id)


def page_of(service: SharingService, resource_id: str) -> str | None:
    """Where the owner sees one registered resource, at whatever place (`user_access_policy_uri`,
    FedAuthz 3.2); None for an id that is not hers."""
    known = _one(service.linked(), resource_id)
    if known is None:
        return None
    place, resource = known
    if place.record:
        return url_for("records.of_kind", kind=resource.kind, at=place.token)
    return url_for("records.at_another_place", resource_id=resource.id)


def given(service: SharingService, granted: Granted) -> tuple[str, ...]:
    """What of these places somebody is given, by name and place."""
    ids = ids_of(granted)
    return tuple(
        f"{name_of(resource)} ({place.rs})"
        for place in (places(service) if ids else [])
        for resource in place.resources
        if resource.id in ids
    )


def name_of(resource: Registered) -> str:
    """The name it was registered by; else its kind."""
    return resource.name or KIND_NAMES.get(resource.kind, KIND_NAMES["other"])


def ids_of(granted: Granted) -> set[str]:
    """What is given of these places, by id."""
    return {
        str(permission.get("resource_id"))
        for record in granted.records
        if not record.record
        for permission in record.permissions
    }


def _one(linked: list[Record], resource_id: str) -> tuple[Record, Registered] | None:
    for place in linked:
        for resource in place.resources:
            if resource.id == resource_id:
                return place, resource
    return None
