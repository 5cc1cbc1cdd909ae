"""Reading a request to the claims interaction endpoint (Grant 3.3.2): where it leads back to is
settled before anything else.

Until client and address belong together every fault is a page, never a redirect; after that it goes
to the client with `error` and `state` (Grant 3.3.3).
"""

from dataclasses import dataclass

from werkzeug.datastructures import MultiDict

from as_server.errors import InvalidRequest, PageError, UnauthorizedClient
from as_server.models import client as clients
from as_server.models.client import UMA_TICKET, Client
from as_server.signing_in.authorization_request import MAX_LENGTH, UNKNOWN_APP, WRONG_ADDRESS
from as_server.work import Work

MAX_TICKET = 512


@dataclass(frozen=True, slots=True)
class WayBack:
    """The client, and the address of its own that its person goes back to."""

    client: Client
    redirect_uri: str
    state: str | None


def settle(work: Work, parameters: MultiDict[str, str]) -> WayBack:
    """Whose request it is and where it leads back to; raise PageError where that is not sure.

    The address is compared character by character with those that were registered for claims, and
    with no others; it may be left out where there is one (Grant 3.3.2).
    """
    ids, sent = parameters.getlist("client_id"), parameters.getlist("claims_redirect_uri")
    client = clients.by_id(work.db, ids[0]) if len(ids) == 1 else None
    if client is None:
        raise PageError(UNKNOWN_APP)
    registered = client.claims_redirect_uris
    named = sent if any(sent) else registered
    if len(named) != 1 or named[0] not in registered:
        raise PageError(WRONG_ADDRESS)
    states = parameters.getlist("state")
    usable = len(states) == 1 and 0 < len(states[0]) <= MAX_LENGTH
    return WayBack(client, named[0], states[0] if usable else None)


def ticket_of(back: WayBack, parameters: MultiDict[str, str]) -> str:
    """The ticket that was brought; raise `WireError`, for the client to receive."""
    for _, values in parameters.lists():
        if len(values) > 1:
            raise InvalidRequest("A parameter was sent more than once.")
        if len(values[0]) > MAX_LENGTH or not values[0].isprintable():
            raise InvalidRequest("A parameter is too long or holds unusable characters.")
    if not back.client.check_grant_type(UMA_TICKET):
        raise UnauthorizedClient("The client is not registered for permission tickets.")
    ticket = parameters.get("ticket", "")
    if not 0 < len(ticket) <= MAX_TICKET:
        raise InvalidRequest("A ticket is needed.")
    return ticket
