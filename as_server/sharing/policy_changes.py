"""Storing a change of a sharing policy (Grant 6.1).

The order is fixed: write the policy, its version, its history line and, if it can narrow, the
withdrawal in one transaction; commit; push the event; then say how far it got (`events`).
"""

import json
from dataclasses import replace
from typing import Any

from sqlalchemy.orm import Session

from as_server.errors import InvalidRequest, VersionConflict
from as_server.models import account as accounts
from as_server.models import policy as policies
from as_server.models import resource as resources
from as_server.models import submitted_request as requests
from as_server.models.policy import Policy
from as_server.policy.explain import policy_sentence
from as_server.policy.model import SharingPolicy, Who, WhoLevel
from as_server.policy.narrowing import can_narrow
from as_server.policy.record_urls import split_record_url
from as_server.policy.wire import to_wire, who_to_wire
from as_server.sharing import audit, withdrawal
from as_server.work import Work
from heart_uma.rfc3339 import print_seconds

ENDED_UNREAD = "A sharing rule that could not be read was ended."


def check_names(db: Session, owner: str, wanted: SharingPolicy, known: Policy | None) -> None:
    """Whoever and whatever is *newly* named has to exist: the person with an account, the record
    among the owner's. What she named before she can narrow, pause and end for ever."""
    who = wanted.who
    if who.level is WhoLevel.PERSON and not knows_person(db, owner, who.value):
        raise InvalidRequest("who.person: is not known here.")
    before = None if known is None else policies.read(known.body)
    kept = set() if before is None else {*before.what.include, *before.what.exclude}
    named = {*wanted.what.include, *wanted.what.exclude} - kept
    new_places = wanted.what.places - (before.what.places if before else frozenset())
    if not (named or new_places):
        return
    own = {row.record for row in resources.of_owner(db, owner)}
    if new_places - own:
        raise InvalidRequest("what.places: one is not one of your linked records.")
    places = [split_record_url(address) for address in named]
    if any(place is None or place[0] not in own for place in places):
        raise InvalidRequest("what.records: a record is not one of your linked records.")


def knows_person(db: Session, owner: str, person: str) -> bool:
    """True for somebody with an account, and for whom the owner has named or heard of before: an
    account that was disabled since leaves her shares as they are."""
    return (
        accounts.by_key(db, person) is not None
        or policies.names_person(db, owner, person)
        or requests.came_from(db, owner, person)
    )


def save(
    work: Work, owner: str, wanted: SharingPolicy, known: Policy | None, *, client_id: str
) -> SharingPolicy:
    """Write a policy in the request's transaction; the stored one, with its version.

    `wanted.version` is the version the client last saw. A stale one is a conflict; the same policy
    again is no change, so that a repeated submit does nothing.
    """
    before = None if known is None else policies.read(known.body)
    if before is not None and same(before, wanted):
        return before
    if known is not None and wanted.version != known.version:
        raise VersionConflict("The policy was changed meanwhile.", version=known.version)
    after = replace(wanted, version=1 if known is None else known.version + 1)
    if not policies.store(work.db, owner, after, known=known, by=client_id, now=work.now):
        raise VersionConflict("The policy was changed meanwhile.")
    audit.record(
        work,
        _event(before, after),
        owner,
        client_id=client_id,
        policy=after.id,
        because=policy_sentence(after),
    )
    # What an unreadable policy gave or withheld is not known, so anything may be narrower now.
    replaced_unread = known is not None and before is None
    if replaced_unread or can_narrow(before, after):
        withdrawal.narrowed(work, owner)
    return after


def end(work: Work, known: Policy, *, client_id: str) -> None:
    """End a policy in the request's transaction, whether it can be read or not."""
    policy = policies.read(known.body)
    if policy is not None:
        save(work, known.owner, ended(policy), known, client_id=client_id)
        return
    if known.state == "ended":
        return
    if not policies.end_unread(work.db, known, by=client_id, now=work.now):
        raise VersionConflict("The policy was changed meanwhile.")
    audit.record(
        work,
        "stopped",
        known.owner,
        client_id=client_id,
        policy=known.id,
        because=ENDED_UNREAD,
    )
    withdrawal.narrowed(work, known.owner)


def same(before: SharingPolicy, wanted: SharingPolicy) -> bool:
    """True when both say the same, whatever their versions."""
    return replace(before, version=0) == replace(wanted, version=0)


def wire(db: Session, owner: str, policy_id: str) -> dict[str, Any]:
    """A stored policy as JSON, with when it came and when it changed."""
    row = policies.one(db, owner, policy_id)
    if row is None:
        raise LookupError(policy_id)
    return stored_wire(row)


def stored_wire(row: Policy) -> dict[str, Any]:
    """A policy row as JSON; of one that cannot be read what its columns say, and `unreadable`."""
    policy = policies.read(row.body)
    members = to_wire(policy) if policy is not None else _unreadable(row)
    return {
        **members,
        "created": print_seconds(row.created_at),
        "updated": print_seconds(row.updated_at),
    }


def _unreadable(row: Policy) -> dict[str, Any]:
    return {
        "id": row.id,
        "version": row.version,
        "state": row.state,
        "effect": "deny" if row.withholds else "permit",
        "who": who_to_wire(Who(WhoLevel(row.who_level), row.who_value)),
        "label": {"name": _name_in(row.body)},
        "unreadable": True,
    }


def _name_in(body: str) -> str:
    """The owner's name for the party, if that much can still be read."""
    try:
        name = json.loads(body)["label"]["name"]
    except (ValueError, RecursionError, KeyError, TypeError):
        return ""
    return name if isinstance(name, str) else ""


def ended(policy: SharingPolicy) -> SharingPolicy:
    """The policy, ended: kept for its history, never in force again."""
    return replace(policy, state="ended", paused_until=None)


def _event(before: SharingPolicy | None, after: SharingPolicy) -> str:
    if after.state == "ended":
        return "stopped"
    if after.state == "paused" and (before is None or before.state != "paused"):
        return "paused"
    started = before is None or before.state in ("draft", "ended")
    return "shared" if started and after.state == "on" else "changed"
