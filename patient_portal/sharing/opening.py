"""What ending a rule that holds back would open, to whom."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from patient_portal.clinics.her_clinics import HerClinics
from patient_portal.policies import party
from patient_portal.policies.policy import Policy
from patient_portal.policies.row import Row
from patient_portal.sharing.as_api import SharingService
from patient_portal.sharing.shares import seen


@dataclass(frozen=True)
class Opened:
    """What somebody would see, and does not see today, if a rule ended.

    Of the places in `down` that can not be said now, and none of their records is in `rows`.
    """

    name: str
    rows: tuple[Row, ...]
    down: tuple[str, ...]


def opened_by_ending(
    service: SharingService, clinics: HerClinics, rule: Policy, now: datetime
) -> list[Opened]:
    """What ending a rule that holds back opens, for its party and for everyone she shares with."""
    names = {rule.who.key: (rule.label.name, rule.who)}
    if not rule.who.person:
        live = party.parties(service.policies(), now)
        names |= {party.key: (party.name, party.first.who) for party in live}
    found = []
    for key, (name, who) in names.items():
        today = service.preview_party(who.to_wire())
        without = service.preview_party(who.to_wire(), without=rule.id)
        if today.records == without.records:
            continue
        before = seen(service, clinics, today, key)
        after = seen(service, clinics, without, f"{key} without {rule.id}")
        # What a silent place said before, under other rules, must not hide what is opened now.
        down = tuple(dict.fromkeys((*before.down, *after.down)))
        silent = {one.record for one in service.records() if one.rs in down}
        known = {row.reference for row in before.shown}
        rows = tuple(
            row for row in after.shown if row.record not in silent and row.reference not in known
        )
        if rows or down:
            found.append(Opened(name, rows, down))
    return found
