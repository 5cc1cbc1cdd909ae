"""What a permission ticket brings (Grant 3.3.5, 3.3.6): values, for the token endpoint to write.

All four are normal. What is wrong with a request is an error (`errors`), and no value.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar


@dataclass(frozen=True, slots=True)
class RptIssued:
    """Grant 3.3.5: an RPT. `told` are members about the share itself (extensions)."""

    access_token: str
    expires_in: int
    refresh_token: str | None
    upgraded: bool
    told: Mapping[str, Any]
    pct: str | None = None

    def to_wire(self) -> dict[str, Any]:
        """No `scope`, no `ticket`; `upgraded` only when it is true."""
        body: dict[str, Any] = {
            "access_token": self.access_token,
            "token_type": "Bearer",
            "expires_in": self.expires_in,
        }
        if self.refresh_token is not None:
            body["refresh_token"] = self.refresh_token
        if self.pct is not None:
            body["pct"] = self.pct
        if self.upgraded:
            body["upgraded"] = True
        return body | dict(self.told)


@dataclass(frozen=True, slots=True)
class NeedInfo:
    """Grant 3.3.6: more claims are needed; the answer carries a new ticket."""

    error: ClassVar[str] = "need_info"
    ticket: str
    required_claims: Sequence[Mapping[str, Any]]
    redirect_user: str | None = None

    def to_wire(self) -> dict[str, Any]:
        said = {"error": self.error, "error_description": "More claims are needed."}
        body = {**said, "ticket": self.ticket, "required_claims": list(self.required_claims)}
        return body if self.redirect_user is None else {**body, "redirect_user": self.redirect_user}


@dataclass(frozen=True, slots=True)
class RequestSubmitted:
    """Grant 3.3.6: the owner was asked; the answer carries a new ticket to poll with."""

    error: ClassVar[str] = "request_submitted"
    ticket: str
    interval: int

    def to_wire(self) -> dict[str, Any]:
        said = {"error": self.error, "error_description": "The owner was asked."}
        return {**said, "ticket": self.ticket, "interval": self.interval}


@dataclass(frozen=True, slots=True)
class RequestDenied:
    """Grant 3.3.6: no rule of the owner's allows this; nothing more is told.

    `told` are members about the request that was answered or taken back (an extension).
    """

    error: ClassVar[str] = "request_denied"
    told: Mapping[str, Any]
    description: str = "The request was denied."

    def to_wire(self) -> dict[str, Any]:
        return {"error": self.error, "error_description": self.description, **self.told}


Outcome = RptIssued | NeedInfo | RequestSubmitted | RequestDenied
