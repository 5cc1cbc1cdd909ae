"""What a success answer says of what is not given, as far as the owner lets the party know.

Example: `"heart_uma_incomplete": ["conditions", "medicines"], "heart_uma_other_places":
["medicines"]`: what the owner shares of conditions and medicines may not be all of it, and another
of her linked records gives this party no medicines. Which record, and how many, is never said;
neither is anything at all to a party that may read the neutral line only.
"""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import Connection

from as_server.models import client as clients
from as_server.models import requested_resource
from as_server.models.client import Client
from as_server.policy import incomplete
from as_server.policy.model import (
    Entry,
    Party,
    RequestedResource,
    SharingPolicy,
)
from as_server.policy.standing import given
from as_server.sharing.withdrawal import supports_limits
from as_server.tokens.granted_permissions import tell
from heart_uma.kinds import KIND_NAMES


def told_members(
    connection: Connection,
    at: datetime,
    owner: str,
    server: Client,
    party: Party,
    purpose: str | None,
    entries: Sequence[Entry],
    policies: Sequence[SharingPolicy],
) -> dict[str, list[str]]:
    """The extension members of a token response; none unless the owner tells kinds.

    `entries` is all that the new RPT permits at `server`; `policies` are those that can speak
    about the party, at all of the owner's servers.
    """
    if tell(entries, policies)["level"] != "kinds":
        return {}
    everywhere = requested_resource.of_owner(connection, owner)
    here = everywhere.get(server.client_id, [])
    permitted = {entry.resource_id for entry in entries}
    records = {resource.record for resource in here if resource.resource_id in permitted}
    shown = [resource for resource in here if resource.record in records]
    kinds = incomplete.readable_kinds(entries, shown)
    elsewhere: set[str] = set()
    for client_id, resources in everywhere.items():
        other = [
            resource
            for resource in resources
            if client_id != server.client_id or resource.record not in records
        ]
        theirs = _given(connection, at, client_id, party, purpose, other, policies)
        elsewhere |= incomplete.missing_at(kinds, theirs, other)
    return {
        "heart_uma_incomplete": _in_order(incomplete.incomplete_kinds(entries, shown)),
        "heart_uma_other_places": _in_order(elsewhere),
    }


def _given(
    connection: Connection,
    at: datetime,
    client_id: str,
    party: Party,
    purpose: str | None,
    resources: list[RequestedResource],
    policies: Sequence[SharingPolicy],
) -> tuple[Entry, ...]:
    """What the party would be given to read of resources of another record, for the same purpose.

    Nothing, where the server no longer counts: introspection would answer it nothing either.
    """
    if not resources:
        return ()
    server = clients.by_id(connection, client_id)
    if server is None or server.disabled:
        return ()
    limits = supports_limits(server)
    return given(resources, party, purpose, policies, at, limits_supported=limits)


def _in_order(kinds: Collection[str]) -> list[str]:
    return [kind for kind in KIND_NAMES if kind in kinds]
