"""What a ticket brings that brings no RPT (Grant 3.3.6): claims are needed, the owner was asked, or
a refusal. A process that goes on gets a new ticket."""

from as_server.grants.earlier_request import is_closed
from as_server.grants.history import record
from as_server.grants.outcomes import NeedInfo, Outcome, RequestDenied, RequestSubmitted
from as_server.grants.presented_ticket import TicketRequest
from as_server.models import ticket
from as_server.models.submitted_request import SubmittedRequest
from as_server.policy import model
from as_server.policy.explain import sentence
from as_server.policy.model import AccessRequest, Assessment, Party, Reason
from as_server.sharing import request_outcome, submitted_request
from as_server.tokens import claims


def refuse(
    request: TicketRequest,
    asked: AccessRequest,
    found: Assessment,
    known: SubmittedRequest | None,
) -> Outcome:
    """What comes of an assessment that grants nothing."""
    if isinstance(found, model.NeedInfo):
        return need_info(request, found.required_claims)
    if isinstance(found, model.RequestSubmitted) and asked.party is not None:
        if is_closed(known):
            # The owner's answer stands: asking again needs another ask_id.
            return deny(request, asked.party, Reason("answered"), known)
        waiting = submitted_request.submit(
            request.work, request.spent, request.client.client_id, asked, request.appeal, known
        )
        if waiting is None:
            return deny(request, asked.party, Reason("too_many"))
        poll = _successor(request, waiting.id)
        return RequestSubmitted(poll, request.issuer.settings.polling_interval)
    reason = found.reason if isinstance(found, model.RequestDenied) else None
    return deny(request, asked.party, reason or Reason("default_deny"), known)


def need_info(request: TicketRequest, names: tuple[str, ...]) -> NeedInfo:
    """A process that polls stays one: the wait is not lost with a stale claim token."""
    issuer = request.issuer.settings.issuer
    # Who has nowhere to come back to is not sent away (Grant 3.3.2).
    by_hand = claims.BY_HAND.issuperset(names) and request.client.claims_redirect_uris
    return NeedInfo(
        ticket=_successor(request, request.spent.request),
        required_claims=claims.required_claims(names, issuer),
        redirect_user=f"{issuer}{claims.INTERACTION}" if by_hand else None,
    )


def deny(
    request: TicketRequest,
    party: Party | None,
    reason: Reason,
    known: SubmittedRequest | None = None,
) -> RequestDenied:
    """The client learns no more than that: not which rule, nor whether there is one. What the owner
    answered to this very request is the party's to know."""
    if party is not None:
        # Who comes back for the answer has not tried anything.
        told = known is not None and is_closed(known) and not known.is_a_try
        record(request, "told" if told else "denied", party, reason.policy, sentence(reason))
    if known is None:
        return RequestDenied({})
    return RequestDenied(request_outcome.told(request.work.db, known, request.work.now))


def _successor(request: TicketRequest, waits_for: str | None) -> str:
    work, client_id, seals = request.work, request.client.client_id, request.issuer.seals
    return ticket.succeed(
        work.connection, seals, request.spent, client_id, work.now, request=waits_for
    )
