"""What people see, asked live: rules at the sharing service, counts at the clinics."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo
from itertools import chain

from patient_portal.clinics.her_clinics import HerClinics
from patient_portal.clinics.rs_api import OwnRecord
from patient_portal.errors import ClinicDown, Refused
from patient_portal.policies import grid, looks, wording
from patient_portal.policies.policy import Granted, Policy, Record, Who
from patient_portal.policies.view import Row, View
from patient_portal.sharing import elsewhere
from patient_portal.sharing.as_api import SharingService

OTHERS = ("person", "system")
"""Whose entries are read unless she asks for her own: her portal alone makes many."""
ACTIVITY_PAGES = 20
ACTIVITY_PAGE_SIZE = "200"


def granted_to(service: SharingService, policy: Policy) -> Granted:
    """What the party of a share gets today; of a paused one, what it would get."""
    if policy.state == "on" and policy.who.person:
        return service.preview_party({"person": policy.who.person})
    # A pause belongs to the state `paused` alone: what is tried as if on bears none.
    return service.preview_draft(policy.changed(state="on", paused_until=None), policy.id)


def granted_if_known(service: SharingService, policy: Policy) -> Granted | None:
    """The same, or None where the sharing service does not say: one share that it cannot look up
    must not hide the others, nor the way to stop it."""
    try:
        return granted_to(service, policy)
    except Refused:
        return None


def seen(
    service: SharingService,
    clinics: HerClinics,
    granted: Granted,
    party: str = "draft",
    search: str = "",
) -> View:
    """What somebody who is given this sees, at every clinic."""
    view = clinics.view(granted, service.records(), party, search)
    return replace(view, elsewhere=elsewhere.given(service, granted))


def seers_of(service: SharingService, resource_id: str, now: datetime) -> list[tuple[str, str]]:
    """Whom her shares give a resource of another place today, each with the share."""
    parties = grid.parties(service.policies(), now)
    return [
        (party.name, party.first.id)
        for party in parties
        if not party.paused
        and (granted := granted_if_known(service, party.first)) is not None
        and resource_id in elsewhere.ids_of(granted)
    ]


@dataclass(frozen=True)
class Opened:
    """What somebody would see, and does not see today, if a rule ended."""

    name: str
    rows: tuple[Row, ...]
    down: tuple[str, ...]


def opened_by_ending(
    service: SharingService, clinics: HerClinics, rule: Policy, now: datetime
) -> list[Opened]:
    """What ending a rule that holds back opens, for its party and for everyone she shares with."""
    names = {rule.who.key: (rule.label.name, rule.who)}
    if not rule.who.person:
        live = grid.parties(service.policies(), now)
        names |= {party.key: (party.name, party.first.who) for party in live}
    found = []
    for key, (name, who) in names.items():
        today = service.preview_party(who.to_wire())
        without = service.preview_party(who.to_wire(), without=rule.id)
        if today.records == without.records:
            continue
        before = seen(service, clinics, today, key)
        after = seen(service, clinics, without, f"{key} without {rule.id}")
        known = {row.reference for row in before.shown}
        rows = tuple(row for row in after.shown if row.reference not in known)
        if rows or after.down:
            found.append(Opened(name, rows, after.down))
    return found


def view_of(service: SharingService, clinics: HerClinics, policy: Policy) -> View:
    """The live view of one party ("view as")."""
    return seen(service, clinics, granted_to(service, policy), policy.who.key)


def preview(
    service: SharingService,
    clinics: HerClinics,
    draft: Policy,
    instead_of: str | None,
    search: str = "",
) -> View:
    """What the party of a draft would see if it were on now: nothing is shared by asking."""
    return seen(service, clinics, service.preview_draft(draft, instead_of), search=search)


def baseline(service: SharingService, clinics: HerClinics) -> View:
    """All her records; held back are those with a private topic or a level of their own."""
    return clinics.baseline(service.records())


def looked(
    clinics: HerClinics,
    records: list[Record],
    moment: datetime,
    weeks: int = 52,
    actors: tuple[str, ...] = OTHERS,
) -> tuple[list[looks.Look], list[str]]:
    """Every look of the last weeks at every clinic, and the clinics that did not answer.

    In the zone of `moment`: their days and weeks are counted in it too.
    """
    oldest = moment - timedelta(weeks=weeks)

    def at(path: tuple[Record, OwnRecord | None]) -> list[looks.Look] | None:
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


def turned_away_at_the_service(service: SharingService, zone: tzinfo) -> list[looks.Look]:
    """Who tried and was turned away before any clinic was reached, in the zone of the looks."""
    entries = service.activity(*looks.AT_THE_SERVICE)
    read = (looks.at_the_service(entry, zone) for entry in entries)
    return [look for look in read if look is not None]


def turned_away(service: SharingService, who: Who, since: datetime) -> list[tuple[datetime, str]]:
    """When, and by which clinic, an old key of theirs was refused: the sharing service knows."""
    found = []
    for entry in service.activity(looks.OLD_KEY):
        party, at = entry.get("who"), wording.moment(entry.get("at"))
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


def _entries(record: Record, own: OwnRecord, actor: str, oldest: datetime) -> list[looks.Look]:
    """One actor's entries, newest first, page by page until they are too old; in its zone."""
    found: list[looks.Look] = []
    filters = {"_count": ACTIVITY_PAGE_SIZE, "actor": actor}
    for _ in range(ACTIVITY_PAGES):
        page, filters = own.activity(**filters)
        read = (looks.read(record.rs, one, oldest.tzinfo) for one in page.get("entries") or [])
        some = [look for look in read if look]
        fresh = [look for look in some if look.at >= oldest]
        found += fresh
        if not filters or len(fresh) < len(some):
            break
    return found
