"""Who sees one record of hers: what each share gives, asked once of the clinic that has it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from patient_portal.clinics.rs_api import OwnRecord
from patient_portal.errors import ClinicDown
from patient_portal.policies.granted import Granted
from patient_portal.policies.party import Party
from patient_portal.policies.row import Row
from patient_portal.policies.seers import Seer, seer
from patient_portal.sharing import shares
from patient_portal.sharing.as_api import SharingService


def seers(
    service: SharingService, own: OwnRecord, row: Row, parties: Sequence[Party]
) -> list[Seer]:
    """Each of `parties` with what the clinic says of it, in the same order."""
    granted = list(shares.granted_to_each(service, parties).values())
    asked = [_permissions(one, row.record) for one in granted if one is not None]
    try:
        told: list[Any] = own.shown_to(row.id, asked).get("parties") or [] if asked else []
    except ClinicDown:
        told = []
    answers = iter(told)
    return [
        seer(party, row.reference, next(answers, None))
        if given is not None
        else seer(party, row.reference, None, is_granted_known=False)
        for party, given in zip(parties, granted, strict=True)
    ]


def _permissions(granted: Granted, record: str) -> tuple[dict[str, Any], ...]:
    got = next((one for one in granted.records if one.record == record), None)
    return got.permissions if got else ()
