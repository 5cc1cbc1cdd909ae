"""A claims interaction that waits in one browser for one person (Grant 3.3.2, 5.1).

The ticket that led here is spent at once. Its successor never leaves this server in clear: it is
sealed into what waits, which only the browser that it began in can go on with.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from as_server.models import ticket, ticket_at_browser, whose
from as_server.models.authorization_request import AuthorizationRequest
from as_server.models.gathered_claims import GatheredClaims
from as_server.models.spent_ticket import SpentTicket
from as_server.owner_seal import OwnerSeals
from as_server.signing_in import waiting_request
from as_server.signing_in.browser import Browser, SignedIn
from as_server.signing_in.claims_request import WayBack
from heart_uma.sealing import SealError, open_sealed, seal

_USE = "claims interaction"


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits, and the ticket that waits with it: `owner` is whose that is."""

    pending: AuthorizationRequest
    ticket: str
    owner: str
    redirect_uri: str
    state: str | None


def begin(
    browser: Browser, seals: OwnerSeals, back: WayBack, presented: str
) -> AuthorizationRequest | None:
    """Spend the ticket and wait; None for one that is not this client's to use now."""
    work, client_id, row = browser.work, back.client.client_id, browser.ensure()
    connection, now = work.connection, work.now
    here = row.key if browser.is_kept() else browser.key_once_kept(row.key)
    owner = whose.owner_of(connection, seals, presented)
    spent = ticket.spend(connection, owner, presented, client_id, now)
    if spent is None:
        ticket_at_browser.end_elsewhere(connection, owner, presented, here, now)
        return None
    kept = ticket_at_browser.keep(connection, seals, spent, client_id, here, now)
    sealed = seal(_secret(browser), {"use": _USE, "ticket": kept})
    asked = {"claims_redirect_uri": back.redirect_uri, "sealed": sealed}
    asked |= {} if back.state is None else {"state": back.state}
    pending = waiting_request.begin(browser, client_id, asked)
    waiting_request.hold(browser, pending)
    return pending


def find(browser: Browser, seals: OwnerSeals, key: str) -> Waiting | None:
    """What waits in this browser under this key."""
    pending = waiting_request.find(browser, key)
    if pending is None or not pending.gathers_claims:
        return None
    asked = json.loads(pending.parameters)
    try:
        content = open_sealed(_secret(browser), asked["sealed"])
    except SealError:
        return None
    value = str(content["ticket"])
    owner = whose.owner_of(browser.work.connection, seals, value)
    return Waiting(pending, value, owner, asked["claims_redirect_uri"], asked.get("state"))


def look(browser: Browser, waiting: Waiting) -> SpentTicket | None:
    """What its ticket stands for; None once it was answered, or is too old."""
    work, client_id = browser.work, waiting.pending.client_id
    return ticket_at_browser.look(
        work.connection, waiting.owner, waiting.ticket, client_id, work.now
    )


def person_of(browser: Browser, waiting: Waiting) -> tuple[SignedIn | None, bool]:
    """Who is at the browser now, and whether she has to be chosen first."""
    people = browser.signed_in()
    active = next((one for one in people if one.sign_in.active), None)
    if active is None or len(people) == 1 or not browser.settings.demo_mode:
        return active, False
    return active, waiting.pending.account_key != active.account.key


def end(browser: Browser, waiting: Waiting) -> SpentTicket | None:
    """Spend its ticket, whatever comes of it; None for every answer but the first."""
    work, client_id = browser.work, waiting.pending.client_id
    spent = ticket_at_browser.spend(
        work.connection, waiting.owner, waiting.ticket, client_id, work.now
    )
    waiting_request.forget(browser, waiting.pending)
    return spent


def new_ticket(
    browser: Browser, seals: OwnerSeals, waiting: Waiting, spent: SpentTicket, told: GatheredClaims
) -> str:
    """The ticket that goes back to the app, with what was told."""
    work, client_id = browser.work, waiting.pending.client_id
    return ticket_at_browser.give_back(work.connection, seals, spent, client_id, told, work.now)


def _secret(browser: Browser) -> str:
    return browser.settings.secret.get_secret_value()
