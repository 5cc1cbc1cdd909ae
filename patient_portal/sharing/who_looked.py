"""Who looked, asked of every clinic; and who was turned away at the sharing service."""

from __future__ import annotations

from datetime import datetime, timedelta, tzinfo
from itertools import chain

from patient_portal.clinics.her_clinics import HerClinics
from patient_portal.clinics.rs_api import OwnRecord
from patient_portal.errors import ClinicDown
from patient_portal.policies import dates, look, look_entries, outcomes
from patient_portal.policies.linked import Record
from patient_portal.policies.terms import Who
from patient_portal.sharing.as_api import SharingService

OTHERS = ("person", "system")
"""Whose entries are read unless she asks for her own: her portal alone makes many."""
ACTIVITY_PAGES = 20
ACTIVITY_PAGE_SIZE = "200"


def looked(
    clinics: HerClinics,
    records: list[Record],
    moment: datetime,
    weeks: int = 52,
    actors: tuple[str, ...] = OTHERS,
) -> tuple[list[look.Look], list[str]]:
    """Every look of the last weeks at every clinic, and the clinics that did not answer.

    In the zone of `moment`: their days and weeks are counted in it too.
    """
    oldest = moment - timedelta(weeks=weeks)

    def at(path: tuple[Record, OwnRecord | None]) -> list[look.Look] | None:
        record, own = path
        try:
            if own is None:
                raise ClinicDown(record.record)
            return [look for actor in actors for look in _entries(record, own, actor, oldest)]
        except ClinicDown:
            return None

    answers = clinics.at_once(at, clinics.own_records(records), late=lambda _path: None)
    down = [record.rs for record, answer in zip(records, answers, strict=True) if answer is None]
    return list(chain.from_iterable(answer for answer in answers if answer)), down


def turned_away_at_the_service(service: SharingService, zone: tzinfo) -> list[look.Look]:
    """Who tried and was turned away before any clinic was reached, in the zone of the looks."""
    entries = service.activity(*outcomes.AT_THE_SERVICE)
    read = (look_entries.at_the_service(entry, zone) for entry in entries)
    return [look for look in read if look is not None]


def turned_away(service: SharingService, who: Who, since: datetime) -> list[tuple[datetime, str]]:
    """When, and by which clinic, an old key of theirs was refused: the sharing service knows."""
    found = []
    for entry in service.activity(outcomes.OLD_KEY):
        party, at = entry.get("who"), dates.moment(entry.get("at"))
        if entry.get("event") != "turned_away" or not isinstance(party, dict) or at is None:
            continue
        theirs = who.key in (
            f"person:{party.get('key')}",
            f"organization:{party.get('organization')}",
        )
        # The service counts whole seconds.
        if theirs and at >= since.replace(microsecond=0):
            found.append((at, str(entry.get("rs") or "")))
    return found


def _entries(record: Record, own: OwnRecord, actor: str, oldest: datetime) -> list[look.Look]:
    """One actor's entries, newest first, page by page until they are too old; in its zone."""
    found: list[look.Look] = []
    filters = {"_count": ACTIVITY_PAGE_SIZE, "actor": actor}
    for _ in range(ACTIVITY_PAGES):
        page, filters = own.activity(**filters)
        read = (
            look_entries.read(record.rs, one, oldest.tzinfo) for one in page.get("entries") or []
        )
        some = [look for look in read if look]
        fresh = [look for look in some if look.at >= oldest]
        found += fresh
        if not filters or len(fresh) < len(some):
            break
    return found
