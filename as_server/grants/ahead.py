"""Deciding on a permission ticket before the turn to write has come.

Where there is one turn to write, everything that happens inside it happens one request after the
other. So a plain grant is decided, checked and signed without the turn, of one state of the
database; inside it the ticket is spent, and what the decision rests on is looked at again. If any
of it has changed, the decision is made anew in the turn, as every other outcome is.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from as_server.errors import WireError
from as_server.grants import rpt
from as_server.grants.presented_ticket import MAX_TICKET, TicketRequest
from as_server.grants.rpt import SignedRpt
from as_server.grants.token_request import TokenRequest
from as_server.models import parties_of_share, policies_in_force, requested_resource, ticket, whose
from as_server.models.client import Client
from as_server.models.spent_ticket import SpentTicket
from as_server.policy.assessment import assess
from as_server.policy.model import Granted, Party, SharingPolicy
from as_server.sharing.incomplete import told_members
from as_server.tokens import claims


@dataclass(frozen=True, slots=True)
class Ahead:
    """What a ticket gives if it is spent now, and what that rests on."""

    spent: SpentTicket
    party: Party
    signed: SignedRpt
    told: dict[str, Any]
    rests_on: tuple[Any, ...]

    def stands(self, request: TicketRequest) -> bool:
        """True while nothing has changed that the decision rests on, and nothing of it can change
        before the end of this transaction: asked in the turn to write, after the ticket is spent.

        What narrows raises the owner's epoch in the same transaction; what widens may be seen by
        the next ticket.
        """
        return request.spent == self.spent and self.rests_on == _rests_on(
            request.work.connection, self.spent, self.party, request.client
        )


@dataclass(frozen=True, slots=True)
class _Decided:
    spent: SpentTicket
    party: Party
    server: Client
    found: Granted
    policies: list[SharingPolicy]
    rests_on: tuple[Any, ...]


def decide(asked: TokenRequest) -> Ahead | None:
    """None where it takes the turn to say what comes of it: for anything but a plain grant.

    Nothing is written, and nothing is refused: what is wrong is found again, in its order.
    """
    if not asked.work.decides_ahead:
        return None
    request = TicketRequest(asked.work, asked.issuer, asked.client, asked.form)
    subject = _subject(request) if _is_plain(request) else None
    if subject is None:
        return None
    with request.work.snapshot() as connection:
        decided = _decided(request, connection, subject)
        if decided is None:
            return None
        signed_for = decided.spent, decided.server, decided.party
        told = _told(request, connection, decided)
    signed = rpt.sign(request, *signed_for, subject, decided.found)
    return Ahead(decided.spent, decided.party, signed, told, decided.rests_on)


def _is_plain(request: TicketRequest) -> bool:
    form = request.form
    plain = (
        form.keys().isdisjoint(("rpt", "pct"))
        and len(form.get("ticket", "")) <= MAX_TICKET
        and request.may_use_the_grant()
        and request.sends_a_ticket()
        and request.claim_token_has_its_format()
        and request.names_few_scopes()
    )
    if not plain:
        return False
    try:
        request.read_appeal()
    except WireError:
        return False
    return request.appeal.ask_id is None and not request.appeal.withdraw


def _subject(request: TicketRequest) -> str | None:
    form, at = request.form, request.work.at
    token, token_format = form.get("claim_token", ""), form.get("claim_token_format", "")
    if not token:
        return None
    return claims.proven_subject(request.issuer, request.client, token, token_format, at)


def _decided(request: TicketRequest, connection: Connection, subject: str) -> _Decided | None:
    client = request.client
    value, now = request.form["ticket"], request.work.now
    owner = whose.owner_of(connection, request.issuer.seals, value)
    spent = ticket.before_spent(connection, owner, value, client.client_id, now)
    party = claims.party_named(connection, client, subject)
    if spent is None or spent.request is not None or spent.claims is not None or party is None:
        return None
    rests_on = _rests_on(connection, spent, party, client)
    # The client has proved itself by what it was registered with a moment ago.
    if rests_on is None or not parties_of_share.is_client(rests_on, client):
        return None
    server = parties_of_share.server_of(rests_on)
    resources = requested_resource.requested(
        connection, spent.owner, spent.rs_client_id, spent.permissions
    )
    if not request.named <= frozenset[str]().union(*(r.registered for r in resources)):
        return None
    access = request.access(resources, party, server, asking=request.appeal.asks)
    policies = policies_in_force.concerning(connection, spent.owner, party)
    found = assess(access, policies, request.work.at)
    if not isinstance(found, Granted):
        return None
    return _Decided(spent, party, server, found, policies, rests_on)


def _told(request: TicketRequest, connection: Connection, decided: _Decided) -> dict[str, Any]:
    return dict(
        told_members(
            connection,
            request.work.at,
            decided.spent.owner,
            decided.server,
            decided.party,
            request.appeal.purpose,
            decided.found.entries,
            decided.policies,
        )
    )


def _rests_on(
    connection: Connection, spent: SpentTicket, party: Party, client: Client
) -> tuple[Any, ...] | None:
    return parties_of_share.now(
        connection, spent.owner, party.key, client.client_id, spent.rs_client_id
    )
