"""The client's side of the UMA grant: a ticket and claims become an RPT (Grant 3.3)."""

from __future__ import annotations

from typing import Any

import httpx

from heart_uma.client_auth import Client
from heart_uma.errors import UmaError
from heart_uma.kinds import KIND_NAMES
from heart_uma.metadata import ID_TOKEN_FORMAT, UMA_TICKET_GRANT, AsMetadata
from heart_uma.outcomes import (
    GrantRefused,
    NeedInfo,
    Outcome,
    RequestDenied,
    RequestSubmitted,
    RequiredClaim,
    RptIssued,
    Said,
    Told,
)
from heart_uma.strict_json import StrictJsonError, loads

LAST_MOMENT = 253_402_300_800
"""The year 10000, in seconds since 1970."""
MAX_REASON = 280
"""Characters of an owner's reason; what is longer is cut."""


def _post(
    http: httpx.Client, metadata: AsMetadata, client: Client, form: dict[str, str]
) -> tuple[int, dict[str, Any]]:
    try:
        answer = client.token_answer(http, metadata["token_endpoint"], metadata.issuer, form)
    except httpx.HTTPError as error:
        raise UmaError("unreachable", "the authorization server does not answer") from error
    try:
        if answer.status_code >= 500:  # it decided nothing, whatever its body is
            raise UmaError("unreachable", "the server cannot answer now", answer.status_code)
        body = loads(answer.content)
    except StrictJsonError as error:
        raise UmaError("bad_answer", "the answer is not JSON", answer.status_code) from error
    if not isinstance(body, dict):
        raise UmaError("bad_answer", "the answer is not an object", answer.status_code)
    return answer.status_code, body


def _strings(value: Any) -> tuple[str, ...]:
    items = value if isinstance(value, list) else []
    return tuple(item for item in items if isinstance(item, str))


def _text(body: dict[str, Any], name: str) -> str | None:
    value = body.get(name)
    return value if isinstance(value, str) and value else None


def _new_ticket(body: dict[str, Any], sent: str | None) -> str:
    ticket = _text(body, "ticket")
    # A server that hands the spent ticket back is broken or played upon (Grant 5.5): stop.
    if ticket is None or ticket == sent:
        raise UmaError("bad_answer", "the answer holds no new ticket", 403)
    return ticket


def _issued(body: dict[str, Any], status: int) -> RptIssued:
    token = _text(body, "access_token")
    if token is None or str(body.get("token_type", "")).lower() != "bearer":
        raise UmaError("bad_answer", "no bearer token in the answer", status)
    life = body.get("expires_in")
    return RptIssued(
        access_token=token,
        expires_in=life if isinstance(life, int) and not isinstance(life, bool) else 0,
        refresh_token=_text(body, "refresh_token"),
        pct=_text(body, "pct"),
        upgraded=body.get("upgraded") is True,
        told=Told(
            _kinds(body, "heart_uma_incomplete"),
            _kinds(body, "heart_uma_other_places"),
            _moment(body, "heart_uma_until"),
        ),
        said=_said(body),
    )


def _said(body: dict[str, Any]) -> Said:
    """`heart_uma_request`; words that mean nothing here are passed over, and text is one line."""
    member = body.get("heart_uma_request")
    if not isinstance(member, dict):
        return Said()
    state, answer = _text(member, "state"), _text(member, "answer")
    reason = "".join(c if c.isprintable() else " " for c in _text(member, "reason") or "")
    return Said(
        state if state in ("answered", "withdrawn", "ran_out") else "",
        answer if answer in ("yes", "some", "no") else "",
        _kinds(member, "kinds"),
        _moment(member, "until"),
        " ".join(reason.split())[:MAX_REASON],
    )


def _moment(body: dict[str, Any], name: str) -> int | None:
    """Seconds since 1970, before the year 10000; None for anything else."""
    value = body.get(name)
    usable = isinstance(value, int) and not isinstance(value, bool) and 0 < value < LAST_MOMENT
    return value if usable else None


def _kinds(body: dict[str, Any], name: str) -> tuple[str, ...]:
    """The kinds of an extension member; words that are no kinds here are passed over."""
    return tuple(kind for kind in _strings(body.get(name)) if kind in KIND_NAMES)


def read_outcome(status: int, body: dict[str, Any], sent_ticket: str | None = None) -> Outcome:
    """The outcome of a token answer; raise UmaError when the answer breaks the protocol.

    `sent_ticket` is the ticket of the request: one that comes back is refused (Grant 5.5).
    """
    if status == 200:
        return _issued(body, status)
    error = _text(body, "error") or "bad_answer"
    if error == "need_info":
        claims = body.get("required_claims")
        hints = (
            [hint for hint in claims if isinstance(hint, dict)] if isinstance(claims, list) else []
        )
        return NeedInfo(
            ticket=_new_ticket(body, sent_ticket),
            required_claims=tuple(
                RequiredClaim(
                    name=_text(hint, "name"),
                    friendly_name=_text(hint, "friendly_name"),
                    claim_type=_text(hint, "claim_type"),
                    claim_token_format=_strings(hint.get("claim_token_format")),
                    issuer=_strings(hint.get("issuer")),
                )
                for hint in hints
            ),
            redirect_user=_text(body, "redirect_user"),
        )
    if error == "request_submitted":
        interval = body.get("interval")
        seconds = interval if isinstance(interval, int) and not isinstance(interval, bool) else 5
        return RequestSubmitted(_new_ticket(body, sent_ticket), max(1, seconds))
    if error == "request_denied":
        return RequestDenied(_said(body))
    return GrantRefused(error, status)


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
        "rpt": rpt,
    }
    form.update({name: value for name, value in optional.items() if value})
    status, body = _post(http, metadata, credentials, form)
    return read_outcome(status, body, ticket)


def refresh_rpt(
    http: httpx.Client, metadata: AsMetadata, credentials: Client, refresh_token: str
) -> RptIssued | GrantRefused:
    """A new RPT from its refresh token, without a new assessment (Grant 3.6)."""
    form = {"grant_type": "refresh_token", "refresh_token": refresh_token}
    status, body = _post(http, metadata, credentials, form)
    if status == 200:
        return _issued(body, status)
    return GrantRefused(_text(body, "error") or "bad_answer", status)
