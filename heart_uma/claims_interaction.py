"""The client's side of interactive claims gathering: the way out, and what comes back (Grant 3.3.2,
3.3.3)."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from urllib.parse import urlencode, urlsplit, urlunsplit

from heart_uma.metadata import ID_TOKEN_FORMAT
from heart_uma.outcomes import NeedInfo

STATE_BYTES = 24
"""192 bits (Grant 5.1 asks for what nobody can guess)."""
LONGEST_TICKET = 2048
SAID_BY_THE_PERSON = "purpose_of_use"


def offered(issuer: str, wanted: NeedInfo) -> str:
    """Where the person can tell what is needed; empty where that is nowhere this client goes.

    Only at the issuer's own origin, so that the ticket that comes back is of the server that the
    process is at, and of no other (mix-up).
    """
    there, here = urlsplit(wanted.redirect_user or ""), urlsplit(issuer)
    same = (there.scheme, there.netloc) == (here.scheme, here.netloc)
    return wanted.redirect_user or "" if same and not there.fragment else ""


def is_told_by_id_token(wanted: NeedInfo, issuer: str) -> bool:
    """True when an ID token of this issuer satisfies every hint; any one format will do (Grant
    3.3.6). What a person says of herself is in none."""
    return bool(wanted.required_claims) and all(
        claim.name != SAID_BY_THE_PERSON
        and (not claim.claim_token_format or ID_TOKEN_FORMAT in claim.claim_token_format)
        and (not claim.issuer or issuer in claim.issuer)
        for claim in wanted.required_claims
    )


def new_state() -> str:
    return secrets.token_urlsafe(STATE_BYTES)


def address(endpoint: str, client_id: str, ticket: str, redirect_uri: str, state: str) -> str:
    """The address to send the person to; a query that is there stays."""
    sent = {
        "client_id": client_id,
        "ticket": ticket,
        "claims_redirect_uri": redirect_uri,
        "state": state,
    }
    parts = urlsplit(endpoint)
    query = "&".join(part for part in (parts.query, urlencode(sent)) if part)
    return urlunsplit(parts._replace(query=query))


def brought_back(answer: Mapping[str, str], sent: str) -> str:
    """The new ticket of an answer whose state was checked; empty where it brings none, and where it
    brings the one that was sent (Grant 5.5)."""
    ticket = answer.get("ticket", "")
    usable = "error" not in answer and ticket != sent and len(ticket) <= LONGEST_TICKET
    return ticket if usable else ""
