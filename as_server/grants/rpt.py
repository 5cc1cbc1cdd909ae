"""Issuing and upgrading RPTs (Grant 3.3.5, 3.3.5.1): a signed pointer to a grant."""

from collections.abc import Sequence
from dataclasses import dataclass

from as_server.db import in_turn
from as_server.errors import InvalidGrant, InvalidRequest, InvalidScope
from as_server.models import issued_grant, requested_resource, rpt_grant
from as_server.models import token as tokens
from as_server.models.client import Client
from as_server.models.ticket import SpentTicket
from as_server.models.token import Token
from as_server.policy.model import (
    AccessRequest,
    Entry,
    Party,
    RequestedResource,
    SharingPolicy,
)
from as_server.policy.narrowing import scopes_of, unite
from as_server.policy.standing import still_given
from as_server.sharing.submitted_request import Appeal
from as_server.tokens.issuing import Issuer
from as_server.work import Work

MAX_SCOPES = 200
MAX_TOKEN = 16_384


@dataclass(frozen=True, slots=True)
class IssuedRpt:
    """What goes into a success answer, and what it permits (`entries`)."""

    value: str
    expires_in: int
    refresh_token: str | None
    upgraded: bool
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class CarriedOver:
    """What an older RPT still holds, and its family, which the new one replaces."""

    entries: tuple[Entry, ...]
    family: str


def presented_rpt(work: Work, value: str | None, client: Client) -> Token | None:
    """The row of the `rpt` parameter. Unknown, revoked or another client's is `invalid_grant`
    (RFC 6749 5.2); an expired one is fine (Grant 3.3.1)."""
    if not value:
        return None
    row = tokens.by_string(work.db, value) if len(value) <= MAX_TOKEN else None
    if row is None or row.kind != "rpt" or row.client_id != client.client_id:
        raise InvalidGrant("The rpt is not valid.")
    # Its family may have to end: in one order with everybody, before the owner's rules are held.
    in_turn(work.connection, row.family)
    if row.revoked_at is not None or rpt_grant.standing(work.connection, row.rpt_grant) is None:
        raise InvalidGrant("The rpt is not valid.")
    return row


def scopes_named(text: str | None, resources: Sequence[RequestedResource]) -> frozenset[str]:
    """RequestedScopes. Each has to be available on some resource of the ticket (Grant 3.3.6)."""
    named = frozenset((text or "").split())
    if len(named) > MAX_SCOPES:
        raise InvalidRequest("Too many scopes.")
    available = frozenset[str]().union(*(r.registered for r in resources))
    if not named <= available:
        raise InvalidScope("A scope is not available on any resource of the ticket.")
    return named


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
    grant = rpt_grant.standing(work.connection, old.rpt_grant)
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


def issue_rpt(
    work: Work,
    issuer: Issuer,
    client: Client,
    server: Client,
    party: Party,
    spent: SpentTicket,
    entries: tuple[Entry, ...],
    carried: CarriedOver | None,
    appeal: Appeal,
) -> IssuedRpt:
    """Store what is granted and issue the tokens that point to it.

    The audience is the resource server; the answer carries a refresh token if the client is
    registered for that grant. An upgraded RPT replaces the old one, which is revoked (Grant
    3.3.5.1).
    """
    settings = issuer.settings
    refreshable = client.check_grant_type("refresh_token") and not client.is_public
    life = settings.rpt_lifetime + (settings.refresh_token_lifetime if refreshable else 0)
    permitted = entries if carried is None else unite(carried.entries, entries)
    grant_id = issued_grant.issue(
        work.connection,
        owner=spent.owner,
        party=party.key,
        client_id=client.client_id,
        rs_client_id=spent.rs_client_id,
        entries=permitted,
        purpose=appeal.purpose,
        now=work.now,
        expires_at=work.now + life,
    )
    if carried is not None:
        tokens.revoke_family(work.connection, carried.family, work.now)
    issued = issuer.access_token(
        work,
        client,
        party.key,
        family=spent.family,
        audience=[server.rs_base or server.client_id],
        kind="rpt",
        rpt_grant=grant_id,
        reason=appeal.reason,
    )
    refresh = None
    if refreshable:
        refresh = issuer.refresh_token(
            work,
            client,
            party.key,
            family=spent.family,
            scope="",
            rpt_grant=grant_id,
            reason=appeal.reason,
        ).value
    return IssuedRpt(issued.value, issued.expires_in, refresh, carried is not None, permitted)
