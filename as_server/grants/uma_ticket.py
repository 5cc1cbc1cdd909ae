"""The uma-ticket grant: a permission ticket and claims in, an RPT out (Grant 3.3).

    POST /token
    grant_type=urn:ietf:params:oauth:grant-type:uma-ticket&ticket=...&claim_token=...
    &claim_token_format=http://openid.net/specs/openid-connect-core-1_0.html%23IDToken

The order is fixed: client, grant type, syntax, ticket, rpt, scope, claims, assessment.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final

from as_server.errors import (
    InvalidClient,
    InvalidGrant,
    InvalidRequest,
    InvalidScope,
    UnauthorizedClient,
)
from as_server.grants import refusals, rpt
from as_server.grants.ahead import Ahead
from as_server.grants.earlier_request import asks, came_of, earlier, is_withdrawn
from as_server.grants.outcomes import Outcome, RequestDenied, RptIssued
from as_server.grants.presented_ticket import TicketRequest
from as_server.grants.proven_party import proven_party
from as_server.grants.refusals import deny, need_info
from as_server.grants.remembered_claims import next_pct, recall
from as_server.grants.rpt import SignedRpt
from as_server.grants.rpt_upgrade import carried_over
from as_server.grants.token_request import Check, TokenRequest, require
from as_server.models import client as clients
from as_server.models import policies_in_force
from as_server.models.client import Client
from as_server.models.submitted_request import SubmittedRequest
from as_server.policy import model
from as_server.policy.assessment import SAID_PURPOSE, assess
from as_server.policy.model import AccessRequest, Party, Reason, SharingPolicy
from as_server.sharing import request_outcome
from as_server.sharing.incomplete import told_members
from as_server.tokens.granted_permissions import until

REFUSED = "The ticket is not valid."
_NOT_FOR_CLIENT = "The client is not registered for this grant."
_NOT_A_PAIR = "claim_token and claim_token_format go together."
_NOT_AVAILABLE = "A scope is not available on any resource of the ticket."

PRESENTED: Final[tuple[Callable[[TicketRequest], object], ...]] = (
    Check(TicketRequest.may_use_the_grant, UnauthorizedClient, _NOT_FOR_CLIENT),
    Check(TicketRequest.sends_a_ticket, InvalidRequest, "A ticket is needed."),
    Check(TicketRequest.claim_token_has_its_format, InvalidRequest, _NOT_A_PAIR),
    TicketRequest.read_appeal,
    # A ticket is spent by presenting it, before anything about it is decided and whatever the
    # decision (Grant 5.5); only a request that could mean nothing does not cost it.
    Check(TicketRequest.ticket_is_spent_by_this, InvalidGrant, REFUSED),
)
CHECKS: Final[tuple[Callable[[TicketRequest], object], ...]] = (
    TicketRequest.find_rpt,
    Check(TicketRequest.names_few_scopes, InvalidRequest, "Too many scopes."),
    Check(TicketRequest.scopes_are_available, InvalidScope, _NOT_AVAILABLE),
)


def answer(asked: TokenRequest, ahead: Ahead | None = None) -> Outcome:
    """One of the outcomes of Grant 3.3.5 and 3.3.6; that of `ahead`, if it still stands."""
    request = TicketRequest(asked.work, asked.issuer, asked.client, asked.form)
    require(PRESENTED, request)
    if ahead is not None:
        if ahead.stands(request):
            rpt.store(request, ahead.signed, ahead.party)
            return _issued(ahead.signed, ahead.told)
        # It may be the client that has changed.
        request.client = _client_now(request)
    require(CHECKS, request)
    return _decided(request)


def _decided(request: TicketRequest) -> Outcome:
    """Decide what a ticket brings that is spent."""
    work, spent, appeal = request.work, request.spent, request.appeal
    pushed = request.form.get("claim_token")
    party = proven_party(request)
    if party is None and pushed:
        return need_info(request, ("sub",))
    server = clients.by_id(work.connection, spent.rs_client_id)
    if server is None or not request.resources_asked:
        return deny(request, party, Reason("default_deny"))
    known = earlier(request, party)
    if appeal.withdraw:
        if party is None:
            return need_info(request, ("sub",))
        if is_withdrawn(request, party, known):
            return RequestDenied(request_outcome.withdrawn(), "The request was withdrawn.")
    access = request.access(request.resources_asked, party, server, asking=asks(appeal, known))
    return _assessed(request, access, server, known)


def _assessed(
    request: TicketRequest, access: AccessRequest, server: Client, known: SubmittedRequest | None
) -> Outcome:
    """What the owner's rules say to this request, and what comes of it."""
    work, spent, party = request.work, request.spent, access.party
    policies = _policies(request, party)
    found = assess(access, policies, work.at)
    recalled = None
    if found == model.NeedInfo((SAID_PURPOSE,)) and (recalled := recall(request, party)):
        access = replace(access, purpose=recalled.purpose)
        found = assess(access, policies, work.at)
    if not isinstance(found, model.Granted) or party is None:
        return refusals.refuse(request, access, found, known)
    carried = carried_over(work, request.old, party, spent, access, policies)
    connection, purpose = work.connection, access.purpose
    subject = request.issuer.subject_of(connection, request.client.client_id, party.key)
    signed = rpt.sign(request, spent, server, party, subject, found, carried)
    rpt.store(request, signed, party, carried)
    told = told_members(
        connection, work.at, spent.owner, server, party, purpose, signed.entries, policies
    )
    pct = next_pct(request, party, recalled)
    told |= came_of(request, known)
    return _issued(signed, told, upgraded=carried is not None, pct=pct)


def _issued(
    signed: SignedRpt, told: Mapping[str, Any], *, upgraded: bool = False, pct: str | None = None
) -> RptIssued:
    refresh = None if signed.refresh is None else signed.refresh.value
    members = until(signed.entries) | dict(told)
    return RptIssued(signed.access.value, signed.expires_in, refresh, upgraded, members, pct)


def _client_now(request: TicketRequest) -> Client:
    found = clients.by_id(request.work.connection, request.client.client_id)
    if found is None:
        raise InvalidClient("Client authentication failed.")
    return found


def _policies(request: TicketRequest, party: Party | None) -> list[SharingPolicy]:
    """The owner's rules about this party, held until this is decided and stored. Who has no
    account any more shares nothing, whatever the rules say."""
    connection, owner = request.work.connection, request.spent.owner
    if not policies_in_force.hold(connection, owner):
        raise InvalidGrant(REFUSED)
    return policies_in_force.concerning(connection, owner, party)
