"""What people see, asked live: rules at the sharing service, counts at the clinics."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from patient_portal.clinics.her_clinics import HerClinics
from patient_portal.errors import Refused
from patient_portal.policies import party
from patient_portal.policies.granted import Granted
from patient_portal.policies.party import Party
from patient_portal.policies.policy import Policy
from patient_portal.policies.view import View
from patient_portal.sharing import elsewhere
from patient_portal.sharing.as_api import SharingService


def granted_to(service: SharingService, policy: Policy) -> Granted:
    """What the party of a share gets today; of a paused one, what it would get."""
    if policy.state == "on" and policy.who.person:
        return service.preview_party({"person": policy.who.person})
    return planned_for(service, policy)


def planned_for(service: SharingService, policy: Policy) -> Granted:
    """What the party of a share gets once it has begun."""
    return service.preview_draft(_as_if_on(policy), policy.id)


def _as_if_on(policy: Policy) -> Policy:
    # A pause belongs to the state `paused` alone: what is tried as if on bears none.
    return policy.changed(state="on", paused_until=None)


def granted_if_known(
    service: SharingService, policy: Policy, planned_at: datetime | None = None
) -> Granted | None:
    """What it gets today, or with a moment what is planned for one that has not begun then; None
    where the sharing service does not say: one share that it cannot look up must not hide the
    others, nor the way to stop it."""
    waits = planned_at is not None and policy.begins_after(planned_at)
    try:
        return planned_for(service, policy) if waits else granted_to(service, policy)
    except Refused:
        return None


def granted_to_each(service: SharingService, parties: Iterable[Party]) -> dict[str, Granted | None]:
    """What each party gets today, asked at once; None where the service cannot look it up."""
    many = list(parties)
    asked = [
        {"party": {"person": one.first.who.person}}
        if one.first.state == "on" and one.first.who.person
        else {"policy": _as_if_on(one.first).to_wire(), "instead_of": one.first.id}
        for one in many
    ]
    return dict(zip((one.key for one in many), service.previews(asked), strict=True))


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
    parties = party.parties(service.policies(), now)
    granted = granted_to_each(service, parties)
    return [
        (party.name, party.first.id)
        for party in parties
        if not party.paused
        and (given := granted[party.key]) is not None
        and resource_id in elsewhere.ids_of(given)
    ]


def view_of(service: SharingService, clinics: HerClinics, policy: Policy, now: datetime) -> View:
    """The live view of one party ("view as"), or what it will be on the first day."""
    granted = planned_for if policy.begins_after(now) else granted_to
    return seen(service, clinics, granted(service, policy), key_of(policy, now))


def key_of(policy: Policy, now: datetime) -> str:
    """What the numbers of a share are remembered under: those of a plan are not those of today."""
    return f"planned:{policy.who.key}" if policy.begins_after(now) else policy.who.key


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
