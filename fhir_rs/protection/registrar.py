"""Registering a record's resources, again and again to the same end (FedAuthz 3.2, F-61, F-62)."""

from __future__ import annotations

from fhir_rs.context import current_rs
from fhir_rs.db import reading, writing
from fhir_rs.enforcement.catalogue import catalogue_digest, descriptions, digest_of
from fhir_rs.models import lease, registration
from fhir_rs.models import link as links
from fhir_rs.models.link import Linked
from fhir_rs.models.registration import Slices
from fhir_rs.protection import pat
from heart_uma.protection_api import ProtectionApi, ProtectionApiError

LEASE_SECONDS = 60


def is_current(link: Linked) -> bool:
    """True when the authorization server holds today's descriptions of this record."""
    return link.catalogue == catalogue_digest(current_rs.record_base(link.record))


def sync(link: Linked) -> bool:
    """Make the registrations at the authorization server equal to the catalogue.

    Idempotent, and safe to run after a crash: what is there without being known here is deleted,
    what is known here without being there is made again, what differs is replaced. True when
    done, False while another process is at it. Raise AuthorizationServerUnreachable or
    ProtectionApiError when the authorization server does not let it happen.
    """
    # One at a time per owner: the list below shows all records that she has here.
    name = f"registrations:{link.owner_key}"
    with lease.hold(current_rs.engine, name, current_rs.now(), LEASE_SECONDS) as ours:
        if not ours:
            return False
        with reading(current_rs.engine) as connection:
            known = registration.of_record(connection, link.record)
        slices = pat.call(link, lambda api: _reconciled(api, link, known))
        with writing(current_rs.engine) as connection:
            registration.replace(connection, link.record, slices)
            digest = catalogue_digest(current_rs.record_base(link.record))
            links.mark_registered(connection, link.record, digest)
    return True


def _reconciled(api: ProtectionApi, link: Linked, known: Slices) -> Slices:
    there = set(api.list())
    slices: Slices = {}
    for slice_, description in descriptions(current_rs.record_base(link.record)).items():
        digest = digest_of(description)
        resource_id, held = known.get(slice_, ("", ""))
        if resource_id not in there:
            resource_id = api.register(description).resource_id
        elif held != digest:
            api.update(resource_id, description)
        slices[slice_] = (resource_id, digest)
    # One owner may have several records here: only ids no record knows are left-overs.
    kept = {resource_id for resource_id, _ in slices.values()} | _of_other_records(link)
    for orphan in sorted(there - kept):
        _delete(api, orphan)
    return slices


def _of_other_records(link: Linked) -> set[str]:
    with reading(current_rs.engine) as connection:
        return registration.ids_of_owner(connection, link.issuer, link.sub, link.record)


def _delete(api: ProtectionApi, resource_id: str) -> None:
    try:
        api.delete(resource_id)
    except ProtectionApiError as error:
        if error.status != 404:
            raise
