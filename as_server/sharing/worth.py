"""What an RPT is worth at a moment: what was issued, cut by what is given now (Grant 6.1).

The answer is remembered under everything that it is made of, as it was just read: the grant, the
rules that can speak about the party, the registrations, the party. So it is forgotten with any
change of those. Of the time it knows the last moment at which a rule began or ended.
"""

from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import Connection

from as_server.models import policies_in_force, requested_resource
from as_server.models.rpt_grant import parse_entries
from as_server.policy.model import Party, SharingPolicy
from as_server.policy.narrowing import scopes_of
from as_server.policy.standing import still_given
from as_server.tokens.granted_permissions import permissions, tell, until

BEFORE_ALL = datetime.min.replace(tzinfo=UTC)


class Issued(NamedTuple):
    """What was issued: `entries` as stored, for `purpose`, until `expires_at`; `registration` is
    the resource server's."""

    entries: str
    purpose: str | None
    registration: str
    expires_at: int


class Worth(NamedTuple):
    """Members of an introspection answer, to be read only; no `permissions`: nothing is left."""

    permissions: list[dict[str, Any]]
    until: dict[str, int]
    tell: dict[str, Any]


def worth(
    connection: Connection, issued: Issued, owner: str, server_id: str, party: Party, at: datetime
) -> Worth:
    """Asked in one snapshot with the row of the token."""
    rules = tuple(policies_in_force.rows_concerning(connection, owner, party))
    ids = scopes_of(parse_entries(issued.entries))
    slices = tuple(requested_resource.slices(connection, owner, server_id, ids))
    return _worth(issued, party, rules, slices, last_turn(policies_in_force.of_rows(rules), at))


def last_turn(policies: list[SharingPolicy], at: datetime) -> datetime:
    """The last moment up to `at` at which a rule began or ended, or a pause did: between two of
    those the same is given."""
    passed = BEFORE_ALL
    for policy in policies:
        for moment in (policy.when.start, policy.when.end, policy.paused_until):
            if moment is not None and passed < moment <= at:
                passed = moment
    return passed


@lru_cache(maxsize=4096)
def _worth(
    issued: Issued,
    party: Party,
    rules: tuple[Any, ...],
    slices: tuple[Any, ...],
    at: datetime,
) -> Worth:
    entries, policies = parse_entries(issued.entries), policies_in_force.of_rows(rules)
    left = still_given(
        entries,
        requested_resource.as_asked(slices, scopes_of(entries)),
        party,
        issued.purpose,
        policies,
        at,
        limits_supported=requested_resource.limits_declared(issued.registration),
    )
    return Worth(permissions(left, issued.expires_at), until(left), tell(left, policies))
