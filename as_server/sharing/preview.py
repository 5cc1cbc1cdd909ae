"""Dry run of policies: what a party would have, record by record (policy API, preview)."""

from collections.abc import Sequence
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


def party_named(db: Session, who: Who) -> Party | None:
    """The person, or one who has just this claim; None for nobody, and for a person whose account
    is disabled: they can do nothing here, so no record gives them anything.

    A person is known with role and organization. Somebody of a role alone claims nothing else, so
    what withholds from any organization withholds here too: a preview must not promise too much.
    """
    if who.level is WhoLevel.PERSON:
        account = accounts.by_key(db, who.value)
        return None if account is None else party_of(account)
    if who.level is WhoLevel.NOBODY:
        return None
    # A space is in no account key: this party is nobody in particular.
    return Party(
        key=" ",
        role=who.value if who.level is WhoLevel.ROLE else None,
        organization=who.value if who.level is WhoLevel.ORGANIZATION else None,
    )


def records(
    work: Work, owner: str, party: Party | None, policies: Sequence[SharingPolicy]
) -> list[dict[str, Any]]:
    """For each linked record what introspection would give the party for reading everything."""
    by_record: dict[tuple[str, str], list[Resource]] = {}
    for row in resources.of_owner(work.db, owner):
        by_record.setdefault((row.record, row.client_id), []).append(row)
    answer = []
    for (record, client_id), rows in by_record.items():
        entries = _entries(work, party, client_id, rows, policies)
        server = clients.by_id(work.db, client_id)
        answer.append(
            {
                "record": record,
                "rs": "" if server is None else server.name,
                "permissions": permissions(entries),
                "tell": tell(entries, policies),
            }
        )
    return answer


def _entries(
    work: Work,
    party: Party | None,
    client_id: str,
    rows: list[Resource],
    policies: Sequence[SharingPolicy],
) -> tuple[Entry, ...]:
    server = clients.by_id(work.db, client_id)
    if party is None or server is None:
        return ()
    resources = [_to_read(row) for row in rows]
    limits = supports_limits(server)
    return given(resources, party, None, policies, work.at, limits_supported=limits)


def _to_read(row: Resource) -> RequestedResource:
    scopes = requested_resource.for_reading(requested_resource.offered(row))
    return requested_resource.as_requested(row, scopes)
