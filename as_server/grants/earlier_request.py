"""What the party of a ticket asked the owner for before, as far as this ticket goes on with it."""

from typing import Any

from as_server.grants.history import record
from as_server.grants.presented_ticket import TicketRequest
from as_server.models import submitted_request as requests
from as_server.models.submitted_request import SubmittedRequest
from as_server.policy.explain import SENTENCES
from as_server.policy.model import Party
from as_server.sharing import request_outcome, submitted_request
from as_server.sharing.appeal import Appeal


def earlier(request: TicketRequest, party: Party | None) -> SubmittedRequest | None:
    """The request that the ticket polls for or names; None for a new one."""
    if party is None:
        return None
    return submitted_request.earlier(
        request.work, request.spent, request.client.client_id, party, request.appeal
    )


def is_closed(known: SubmittedRequest | None) -> bool:
    """True of a request that waits no more."""
    return known is not None and known.state != "waiting"


def asks(appeal: Appeal, known: SubmittedRequest | None) -> bool:
    """True while a wish is open; of a mere try, what is granted by now is enough."""
    if appeal.asks:
        return not is_closed(known)
    return known is not None and known.state == "waiting" and not known.is_a_try


def is_withdrawn(request: TicketRequest, party: Party, known: SubmittedRequest | None) -> bool:
    """Take back what waits, which ends the process; what was answered goes on to its answer."""
    db, client_id = request.work.db, request.client.client_id
    if known is None and request.appeal.ask_id is None:
        known = submitted_request.a_try(request.work, request.spent, client_id, party)
    if known is not None:
        if requests.withdraw(db, known):
            record(request, "withdrawn", party, None, SENTENCES["withdrawn"])
        # Another ticket of the same request may have been quicker.
        db.refresh(known)
    return known is None or known.state == "withdrawn"


def came_of(request: TicketRequest, known: SubmittedRequest | None) -> dict[str, Any]:
    """What a success answer says of the request; of a try nothing, for nobody asked."""
    if known is None:
        return {}
    if not known.is_a_try:
        return request_outcome.told(request.work.db, known, request.work.now)
    if known.state == "waiting":
        # What was tried works now: the owner shared of her own accord, and owes no answer.
        known.state = "withdrawn"
    return {}
