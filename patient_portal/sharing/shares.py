"""What people see, asked live: rules at the sharing service, counts at the clinics."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import chain

from patient_portal.clinics.rs_api import OwnRecord
from patient_portal.context import current_portal
from patient_portal.errors import BadAnswer, ClinicDown, Refused, SharingServiceDown
from patient_portal.policies import grid, looks, wording
from patient_portal.policies.policy import Granted, Policy, Record, Who
from patient_portal.policies.view import Row, View
from patient_portal.sharing import as_api, elsewhere
from patient_portal.signing_in import tokens

OTHERS = ("person", "system")
"""Whose entries are read unless she asks for her own: her portal alone makes many."""
ACTIVITY_PAGES = 20
ACTIVITY_PAGE_SIZE = "200"


def granted_to(policy: Policy) -> Granted:
    """What the party of a share gets today; of a paused one, what it would get."""
    if policy.state == "on" and policy.who.person:
        return as_api.preview_party({"person": policy.who.person})
    # A pause belongs to the state `paused` alone: what is tried as if on bears none.
    return as_api.preview_draft(policy.changed(state="on", paused_until=None), policy.id)


def granted_if_known(policy: Policy) -> Granted | None:
    """The same, or None where the sharing service does not say: one share that it cannot look up
    must not hide the others, nor the way to stop it."""
    try:
        return granted_to(policy)
    except Refused:
        return None


def seen(granted: Granted, party: str = "draft", search: str = "") -> View:
    """What somebody who is given this sees, at every clinic."""
    view = current_portal.gatherer.view(granted, as_api.records(), party, search)
    return replace(view, elsewhere=elsewhere.given(granted))


def seers_of(resource_id: str) -> list[tuple[str, str]]:
    """Whom her shares give a resource of another place today, each with the share."""
    parties = grid.parties(as_api.policies(), current_portal.clock())
    return [
        (party.name, party.first.id)
        for party in parties
        if not party.paused
        and (granted := granted_if_known(party.first)) is not None
        and resource_id in elsewhere.ids_of(granted)
    ]


@dataclass(frozen=True)
class Opened:
    """What somebody would see, and does not see today, if a rule ended."""

    name: str
    rows: tuple[Row, ...]
    down: tuple[str, ...]


def opened_by_ending(rule: Policy) -> list[Opened]:
    """What ending a rule that holds back opens, for its party and for everyone she shares with."""
    names = {rule.who.key: (rule.label.name, rule.who)}
    if not rule.who.person:
        live = grid.parties(as_api.policies(), current_portal.clock())
        names |= {party.key: (party.name, party.first.who) for party in live}
    found = []
    for key, (name, who) in names.items():
        today = as_api.preview_party(who.to_wire())
        without = as_api.preview_party(who.to_wire(), without=rule.id)
        if today.records == without.records:
            continue
        before, after = seen(today, key), seen(without, f"{key} without {rule.id}")
        known = {row.reference for row in before.shown}
        rows = tuple(row for row in after.shown if row.reference not in known)
        if rows or after.down:
            found.append(Opened(name, rows, after.down))
    return found


def view_of(policy: Policy) -> View:
    """The live view of one party ("view as")."""
    return seen(granted_to(policy), policy.who.key)


def preview(draft: Policy, instead_of: str | None, search: str = "") -> View:
    """What the party of a draft would see if it were on now: nothing is shared by asking."""
    return seen(as_api.preview_draft(draft, instead_of), search=search)


def baseline() -> View:
    """All her records; held back are those with a private topic or a level of their own."""
    return current_portal.gatherer.baseline(as_api.records())


def own_records(records: list[Record]) -> list[tuple[Record, OwnRecord | None]]:
    """The owner's path to each record; None where no key can be had."""
    paths: list[tuple[Record, OwnRecord | None]] = []
    for record in records:
        try:
            token = tokens.owner_token(record.rs_base)
            paths.append((record, current_portal.clinics.own(record.record, token)))
        except BadAnswer:
            raise
        except SharingServiceDown:
            paths.append((record, None))
    return paths


def looked(
    records: list[Record], weeks: int = 52, actors: tuple[str, ...] = OTHERS
) -> tuple[list[looks.Look], list[str]]:
    """Every look of the last weeks at every clinic, and the clinics that did not answer."""
    # In the zone in which the looks are shown: their days and weeks are counted in it too.
    oldest = current_portal.clock().astimezone(current_portal.zone) - timedelta(weeks=weeks)

    def at(path: tuple[Record, OwnRecord | None]) -> list[looks.Look] | None:
        record, own = path
        try:
            if own is None:
                raise ClinicDown(record.record)
            return [look for actor in actors for look in _entries(record, own, actor, oldest)]
        except ClinicDown:
            return None

    answers = current_portal.gatherer.at_once(at, own_records(records), late=lambda _path: None)
    down = [record.rs for record, answer in zip(records, answers, strict=True) if answer is None]
    return list(chain.from_iterable(answer for answer in answers if answer)), down


def turned_away_at_the_service() -> list[looks.Look]:
    """Who tried and was turned away before any clinic was reached, in the zone of the looks."""
    entries = as_api.activity(*looks.AT_THE_SERVICE)
    read = (looks.at_the_service(entry, current_portal.zone) for entry in entries)
    return [look for look in read if look is not None]


def turned_away(who: Who, since: datetime) -> list[tuple[datetime, str]]:
    """When, and by which clinic, an old key of theirs was refused: the sharing service knows."""
    found = []
    for entry in as_api.activity(looks.OLD_KEY):
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
