"""Registering a record's resources, again and again to the same end (FedAuthz 3.2)."""

from __future__ import annotations

from sqlalchemy import Engine

from fhir_rs.db import reading, writing
from fhir_rs.enforcement.catalogue import catalogue_digest, descriptions, digest_of
from fhir_rs.models import lease, registration
from fhir_rs.models import link as links
from fhir_rs.models.link import Linked
from fhir_rs.models.registration import Slices
from fhir_rs.protection.pat import Pats
from fhir_rs.settings import Settings
from heart_uma.protection_api import ProtectionApi, ProtectionApiError

LEASE_SECONDS = 60


class Registrar:
    """Keeps the registrations of every record at its owner's authorization server."""

    def __init__(self, engine: Engine, pats: Pats, settings: Settings) -> None:
        self._engine = engine
        self._pats = pats
        self._settings = settings

    def is_current(self, link: Linked) -> bool:
        """True when the authorization server holds today's descriptions of this record."""
        return link.catalogue == self._digest(link)

    def sync(self, link: Linked, now: int) -> bool:
        """Make the registrations at the authorization server equal to the catalogue.

        Idempotent, and safe to run after a crash: what is there without being known here is
        deleted, what is known here without being there is made again, what differs is replaced.
        True when done, False while another process is at it. Raise AuthorizationServerUnreachable
        or ProtectionApiError when the authorization server does not let it happen.
        """
        # One at a time per owner: the list below shows all records that she has here.
        name = f"registrations:{link.owner_key}"
        with lease.hold(self._engine, name, now, LEASE_SECONDS) as ours:
            if not ours:
                return False
            with reading(self._engine) as connection:
                known = registration.of_record(connection, link.record)
            slices = self._pats.call(link, lambda api: self._reconciled(api, link, known), now)
            with writing(self._engine) as connection:
                registration.replace(connection, link.record, slices)
                links.mark_registered(connection, link.record, self._digest(link))
        return True

    def _digest(self, link: Linked) -> str:
        return catalogue_digest(self._settings.record_base(link.record))

    def _reconciled(self, api: ProtectionApi, link: Linked, known: Slices) -> Slices:
        there = set(api.list())
        slices: Slices = {}
        for slice_, description in descriptions(self._settings.record_base(link.record)).items():
            digest = digest_of(description)
            resource_id, held = known.get(slice_, ("", ""))
            if resource_id not in there:
                resource_id = api.register(description).resource_id
            elif held != digest:
                api.update(resource_id, description)
            slices[slice_] = (resource_id, digest)
        # One owner may have several records here: only ids no record knows are left-overs.
        kept = {resource_id for resource_id, _ in slices.values()} | self._of_other_records(link)
        for orphan in sorted(there - kept):
            _delete(api, orphan)
        return slices

    def _of_other_records(self, link: Linked) -> set[str]:
        with reading(self._engine) as connection:
            return registration.ids_of_owner(connection, link.issuer, link.sub, link.record)


def _delete(api: ProtectionApi, resource_id: str) -> None:
    try:
        api.delete(resource_id)
    except ProtectionApiError as error:
        if error.status != 404:
            raise
