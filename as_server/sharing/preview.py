"""Dry run of policies: what a party would have, record by record (policy API, preview)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from as_server.models import account as accounts
from as_server.models import client as clients
from as_server.models import requested_resource
from as_server.models import resource as resources
from as_server.models.party import party_of
from as_server.models.resource import Resource
from as_server.policy.model import (
    Entry,
    Party,
    RequestedResource,
    SharingPolicy,
    Who,
    WhoLevel,
)
from as_server.policy.standing import given
from as_server.sharing.withdrawal import supports_limits
from as_server.tokens.granted_permissions import permissions, tell
from as_server.work import Work

NOBODYS_KEY = " "
"""In no account key is a space: nobody in particular."""
INVITED = Who(WhoLevel.PERSON, NOBODYS_KEY)
"""Who will come by an invitation: an account of its own that claims neither role nor organization,
as those are that an invitation makes."""


def party_named(db: Session, who: Who) -> Party | None:
    """The person, or one who has just this claim; None for nobody, and for a person whose account
    is disabled: they can do nothing here, so no record gives them anything.

    A person is known with role and organization. Somebody of a role alone claims nothing else, so
    what withholds from any organization withholds here too: a preview must not promise too much.
    """
    if who.level is WhoLevel.PERSON and who != INVITED:
        account = accounts.by_key(db, who.value)
        return None if account is None else party_of(account)
    if who.level is WhoLevel.NOBODY:
        return None
    return Party(
        key=NOBODYS_KEY,
        role=who.value if who.level is WhoLevel.ROLE else None,
        organization=who.value if who.level is WhoLevel.ORGANIZATION else None,
    )


@dataclass(frozen=True)
class LinkedRecord:
    """A record of the owner at one resource server: `name` is the server's, `resources` what is
    registered, each as it would be read; `limits`: the server applies named records and dates."""

    record: str
    name: str
    known: bool
    limits: bool
    resources: tuple[RequestedResource, ...]


def linked(work: Work, owner: str) -> list[LinkedRecord]:
    """All of them, loaded once for however many previews."""
    by_record: dict[tuple[str, str], list[Resource]] = {}
    for row in resources.of_owner(work.db, owner):
        by_record.setdefault((row.record, row.client_id), []).append(row)
    found = []
    for (record, client_id), rows in by_record.items():
        server = clients.by_id(work.db, client_id)
        found.append(
            LinkedRecord(
                record,
                "" if server is None else server.name,
                server is not None,
                server is not None and supports_limits(server),
                tuple(map(_to_read, rows)),
            )
        )
    return found


def of_record(
    linked: LinkedRecord, party: Party | None, policies: Sequence[SharingPolicy], at: datetime
) -> dict[str, Any]:
    """What introspection would give the party for reading everything of a record, now: once they
    have said why, where they have to."""
    policies = [replace(policy, say_why=False) for policy in policies]
    entries: tuple[Entry, ...] = ()
    if party is not None and linked.known:
        limits = linked.limits
        entries = given(linked.resources, party, None, policies, at, limits_supported=limits)
    return {
        "record": linked.record,
        "rs": linked.name,
        "permissions": permissions(entries),
        "tell": tell(entries, policies),
    }


def _to_read(row: Resource) -> RequestedResource:
    scopes = requested_resource.for_reading(requested_resource.offered(row))
    return requested_resource.as_requested(row, scopes)
