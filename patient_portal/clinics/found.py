"""One record of hers by its address in this portal, and her own way to it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from patient_portal.clinics.her_clinics import HerClinics
from patient_portal.clinics.rs_api import OwnRecord
from patient_portal.errors import ClinicDown, NotLoaded, SharingServiceDown
from patient_portal.policies import label_reports
from patient_portal.policies.in_words import Told, told
from patient_portal.policies.linked import Record
from patient_portal.policies.row import Row


@dataclass(frozen=True, slots=True)
class Found:
    """A linked record, and the owner's own way to it."""

    record: Record
    own: OwnRecord


def record(linked: list[Record], clinics: HerClinics, token: str) -> Found | None:
    """The linked record of that name; None where she has none. Raise SharingServiceDown."""
    one = next((each for each in linked if each.token == token), None)
    if one is None:
        return None
    own = clinics.own(one)
    if own is None:
        raise SharingServiceDown(f"no key for {one.rs}")
    return Found(one, own)


def one(at: Found, record_id: str) -> Told | None:
    """One record in words, None where the clinic has none of that id. Raise NotLoaded."""
    try:
        got = at.own.one(record_id)
    except ClinicDown as error:
        raise NotLoaded(at.record.rs) from error
    lines = [wire for wire in got.get("resources") or [] if wire.get("id") == record_id]
    rows = [Row.read(at.record.record, at.record.rs, wire) for wire in lines]
    line = next(iter(told(rows, got.get("beside"))), None)
    reports = tuple(label_reports.read(got.get("reports")))
    return None if line is None else replace(line, reports=reports)
