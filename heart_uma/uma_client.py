"""The client's side of the UMA grant: a ticket and claims become an RPT (Grant 3.3)."""

from __future__ import annotations

import httpx

from heart_uma import token_endpoint
from heart_uma.client_auth import Client
from heart_uma.members import text
from heart_uma.metadata import ID_TOKEN_FORMAT, UMA_TICKET_GRANT, AsMetadata
from heart_uma.outcomes import GrantRefused, Outcome, RptIssued
from heart_uma.uma_answer import issued, read_outcome


def trade(
    http: httpx.Client,
    metadata: AsMetadata,
    credentials: Client,
    ticket: str,
    *,
    claim_token: str | None = None,
    purpose_of_use: str | None = None,
    reason: str | None = None,
    requested_until: str | None = None,
    ask_id: str | None = None,
    replaces: str | None = None,
    withdraw: bool = False,
    scope: str | None = None,
    pct: str | None = None,
    rpt: str | None = None,
) -> Outcome:
    """Present `ticket` at the token endpoint (Grant 3.3.1); every ticket is good for one call.

    `claim_token` is a live ID token of the requesting party. `purpose_of_use`, `reason` (at most
    280 characters), `requested_until` (RFC 3339), `ask_id`, `replaces` (an earlier `ask_id`) and
    `withdraw` (take back what waits) are the asking extension. Raise UmaError when the AS cannot
    be reached or answers outside the protocol.
    """
    form = {"grant_type": UMA_TICKET_GRANT, "ticket": ticket}
    optional = {
        "claim_token": claim_token,
        "claim_token_format": ID_TOKEN_FORMAT if claim_token else None,
        "purpose_of_use": purpose_of_use,
        "reason": reason,
        "requested_until": requested_until,
        "ask_id": ask_id,
        "replaces": replaces,
        "withdraw": "true" if withdraw else None,
        "scope": scope,
        "pct": pct,
        "rpt": rpt,
    }
    form.update({name: value for name, value in optional.items() if value})
    status, body = token_endpoint.ask(http, metadata, credentials, form)
    return read_outcome(status, body, ticket)


def refresh_rpt(
    http: httpx.Client, metadata: AsMetadata, credentials: Client, refresh_token: str
) -> RptIssued | GrantRefused:
    """A new RPT from its refresh token, without a new assessment (Grant 3.6)."""
    form = {"grant_type": "refresh_token", "refresh_token": refresh_token}
    status, body = token_endpoint.ask(http, metadata, credentials, form)
    if status == 200:
        return issued(body, status)
    return GrantRefused(text(body, "error") or "bad_answer", status)
