"""The token endpoint's answer to a ticket, read strictly: an outcome, or a broken protocol."""

from __future__ import annotations

from typing import Any

from heart_uma.errors import UmaError
from heart_uma.members import strings, text
from heart_uma.outcomes import (
    GrantRefused,
    NeedInfo,
    Outcome,
    RequestDenied,
    RequestSubmitted,
    RequiredClaim,
    RptIssued,
)
from heart_uma.told import said_of, told_of


def read_outcome(status: int, body: dict[str, Any], sent_ticket: str | None = None) -> Outcome:
    """The outcome of a token answer; raise UmaError when the answer breaks the protocol.

    `sent_ticket` is the ticket of the request: one that comes back is refused (Grant 5.5).
    """
    if status == 200:
        return issued(body, status)
    error = text(body, "error") or "bad_answer"
    if error == "need_info":
        claims = body.get("required_claims")
        hints = (
            [hint for hint in claims if isinstance(hint, dict)] if isinstance(claims, list) else []
        )
        return NeedInfo(
            ticket=_new_ticket(body, sent_ticket),
            required_claims=tuple(
                RequiredClaim(
                    name=text(hint, "name"),
                    friendly_name=text(hint, "friendly_name"),
                    claim_type=text(hint, "claim_type"),
                    claim_token_format=strings(hint.get("claim_token_format")),
                    issuer=strings(hint.get("issuer")),
                )
                for hint in hints
            ),
            redirect_user=text(body, "redirect_user"),
        )
    if error == "request_submitted":
        interval = body.get("interval")
        seconds = interval if isinstance(interval, int) and not isinstance(interval, bool) else 5
        return RequestSubmitted(_new_ticket(body, sent_ticket), max(1, seconds))
    if error == "request_denied":
        return RequestDenied(said_of(body))
    return GrantRefused(error, status)


def issued(body: dict[str, Any], status: int) -> RptIssued:
    token = text(body, "access_token")
    if token is None or str(body.get("token_type", "")).lower() != "bearer":
        raise UmaError("bad_answer", "no bearer token in the answer", status)
    life = body.get("expires_in")
    return RptIssued(
        access_token=token,
        expires_in=life if isinstance(life, int) and not isinstance(life, bool) else 0,
        refresh_token=text(body, "refresh_token"),
        pct=text(body, "pct"),
        upgraded=body.get("upgraded") is True,
        told=told_of(body),
        said=said_of(body),
    )


def _new_ticket(body: dict[str, Any], sent: str | None) -> str:
    ticket = text(body, "ticket")
    # A server that hands the spent ticket back is broken or played upon (Grant 5.5): stop.
    if ticket is None or ticket == sent:
        raise UmaError("bad_answer", "the answer holds no new ticket", 403)
    return ticket
