"""What an RPT is worth at a moment: what was issued, cut by what is given now (Grant 6.1)."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection

from as_server.models import policies_in_force, requested_resource
from as_server.models.rpt_grant import parse_entries
from as_server.policy.model import Party, SharingPolicy
from as_server.policy.narrowing import scopes_of
from as_server.policy.standing import still_given
from as_server.tokens.granted_permissions import permissions, tell, until

BEFORE_ALL = datetime.min.replace(tzinfo=UTC)
AFTER_ALL = datetime.max.replace(tzinfo=UTC)


class Issued(NamedTuple):
    """What was issued: `entries` as stored, for `purpose`, until `expires_at`; `registration` is
    the resource server's."""

    entries: str
    purpose: str | None
    registration: str
    expires_at: int


class Worth(NamedTuple):
    """Members of an introspection answer; no `permissions`: nothing is left. While nothing else
    changes it is the same from `begins` on, until `ends`: in between no rule begins or ends."""

    permissions: list[dict[str, Any]]
    until: dict[str, int]
    tell: dict[str, Any]
    begins: datetime
    ends: datetime


def worth(
    connection: Connection, issued: Issued, owner: str, server_id: str, party: Party, at: datetime
) -> Worth:
    """Asked in one snapshot with the row of the token."""
    entries = parse_entries(issued.entries)
    policies = policies_in_force.concerning(connection, owner, party)
    left = still_given(
        entries,
        requested_resource.requested(connection, owner, server_id, scopes_of(entries)),
        party,
        issued.purpose,
        policies,
        at,
        limits_supported=requested_resource.limits_declared(issued.registration),
    )
    turns = sorted(_turns(policies))
    return Worth(
        permissions(left, issued.expires_at),
        until(left),
        tell(left, policies),
        max((turn for turn in turns if turn <= at), default=BEFORE_ALL),
        min((turn for turn in turns if turn > at), default=AFTER_ALL),
    )


def _turns(policies: Iterable[SharingPolicy]) -> Iterable[datetime]:
    """The moments at which a rule begins or ends, or a pause does."""
    for policy in policies:
        for moment in (policy.when.start, policy.when.end, policy.paused_until):
            if moment is not None:
                yield moment
