"""What a requesting party says of itself in a token request (extensions of Grant 3.3.1)."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from werkzeug.datastructures import MultiDict

from as_server.errors import InvalidRequest
from as_server.models.gathered_claims import GatheredClaims
from heart_uma.purposes import KNOWN
from heart_uma.rfc3339 import parse_moment, print_moment

MAX_REASON = 280
LONGEST_WISH = 100 * 366 * 86_400
ASK_ID = re.compile(r"[A-Za-z0-9_-]{1,128}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Appeal:
    """What the party says of itself beside the claim token: it restricts or is shown, no more.

    `by_hand`: the words were given at this server's own page, to be read, and ask for nothing.
    """

    purpose: str | None = None
    reason: str | None = None
    requested_until: str | None = None
    ask_id: str | None = None
    replaces: str | None = None
    withdraw: bool = False
    by_hand: bool = False

    @property
    def asks(self) -> bool:
        """True when the party wants the owner to be asked for what is missing."""
        return self.ask_id is not None or (self.reason is not None and not self.by_hand)

    def with_told(self, told: GatheredClaims | None) -> Appeal:
        """With what the person told this server herself, which counts before a client's word."""
        if told is None:
            return self
        purpose, reason = told.purpose or self.purpose, told.reason or self.reason
        by_hand = told.reason is not None and self.reason is None
        return replace(self, purpose=purpose, reason=reason, by_hand=by_hand)


def read_appeal(form: MultiDict[str, str], now: int) -> Appeal:
    """The appeal in a token request; 400 for a member of the wrong form."""
    purpose, reason = form.get("purpose_of_use") or None, form.get("reason") or None
    ask_id, until = form.get("ask_id") or None, form.get("requested_until") or None
    replaces, withdraw = form.get("replaces") or None, form.get("withdraw") or None
    if purpose is not None and purpose not in KNOWN:
        raise InvalidRequest("purpose_of_use must be one code of a purpose in v3-ActReason.")
    if reason is not None and len(reason) > MAX_REASON:
        raise InvalidRequest(f"reason must not exceed {MAX_REASON} characters.")
    for name, value in (("ask_id", ask_id), ("replaces", replaces)):
        if value is not None and not ASK_ID.fullmatch(value):
            raise InvalidRequest(f"{name} must be 1 to 128 characters of A-Z a-z 0-9 _ -.")
    if replaces is not None and (ask_id is None or ask_id == replaces):
        raise InvalidRequest("replaces goes with another ask_id.")
    if withdraw not in (None, "true") or (withdraw and replaces):
        raise InvalidRequest("withdraw must be true, and goes with no replaces.")
    if until is not None:
        try:
            moment = parse_moment(until[:64])
            until = print_moment(moment)
            # What lies outside is no wish, and not every calendar can show it to the owner.
            if not 0 < moment.timestamp() - now < LONGEST_WISH:
                raise ValueError("not a time to come")
        except (ValueError, OverflowError) as error:
            raise InvalidRequest("requested_until must be a moment to come (RFC 3339).") from error
    return Appeal(purpose, reason, until, ask_id, replaces, withdraw is not None)
