"""Upgrading an RPT: what an older one brings into the new one (Grant 3.3.5.1)."""

from collections.abc import Sequence
from dataclasses import dataclass

from as_server.db import in_turn
from as_server.errors import InvalidGrant
from as_server.models import requested_resource, rpt_grant, whose
from as_server.models import token as tokens
from as_server.models.client import Client
from as_server.models.spent_ticket import SpentTicket
from as_server.models.token import Token
from as_server.owner_seal import OwnerSeals
from as_server.policy.model import AccessRequest, Entry, Party, SharingPolicy
from as_server.policy.narrowing import scopes_of
from as_server.policy.standing import still_given
from as_server.work import Work

MAX_TOKEN = 16_384


@dataclass(frozen=True, slots=True)
class CarriedOver:
    """What an older RPT still holds, and its family, which the new one replaces."""

    entries: tuple[Entry, ...]
    family: str


def presented_rpt(work: Work, seals: OwnerSeals, value: str | None, client: Client) -> Token | None:
    """The row of the `rpt` parameter. Unknown, revoked or another client's is `invalid_grant`
    (RFC 6749 5.2); an expired one is fine (Grant 3.3.1)."""
    if not value:
        return None
    row = None
    if len(value) <= MAX_TOKEN:
        row = tokens.by_string(work.db, whose.owner_of(work.db, seals, value), value)
    if row is None or row.kind != "rpt" or row.client_id != client.client_id:
        raise InvalidGrant("The rpt is not valid.")
    # Its family may have to end: in one order with everybody, before the owner's rules are held.
    in_turn(work.connection, row.family)
    if row.was_taken_back or rpt_grant.standing(work.connection, row.owner, row.rpt_grant) is None:
        raise InvalidGrant("The rpt is not valid.")
    return row


def carried_over(
    work: Work,
    old: Token | None,
    party: Party,
    spent: SpentTicket,
    request: AccessRequest,
    policies: Sequence[SharingPolicy],
) -> CarriedOver | None:
    """What the old RPT brings into the new one; None if the two are not of one 5-tuple (Grant 1.3).

    Assessed again under the new request's purpose: an upgrade resurrects nothing that was
    withdrawn or has ended (Grant 6.1).
    """
    if old is None or old.rpt_grant is None or old.account_key != party.key:
        return None
    grant = rpt_grant.standing(work.connection, old.owner, old.rpt_grant)
    if grant is None or grant.expires_at <= work.now:
        return None
    if (grant.owner, grant.rs_client_id) != (spent.owner, spent.rs_client_id):
        return None
    issued = rpt_grant.parse_entries(grant.entries)
    registered = requested_resource.requested(
        work.connection, grant.owner, grant.rs_client_id, scopes_of(issued)
    )
    left = still_given(
        issued,
        registered,
        party,
        request.purpose,
        policies,
        work.at,
        limits_supported=request.limits_supported,
    )
    return CarriedOver(left, old.family)
