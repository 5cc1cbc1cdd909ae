"""PURE: what came of asking one record, as a value (Grant 3.2, 3.3.5, 3.3.6, 3.5)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from heart_uma.outcomes import NOTHING_SAID, NOTHING_TOLD, Said, Told

State = Literal["open", "granted", "waiting", "denied", "ended", "facts", "gone", "down", "sign_in"]
Why = Literal["", "source", "service", "refused", "slow", "untrusted", "answer"]


@dataclass(frozen=True, slots=True)
class Held:
    """What the person already holds for a record: an RPT, or a ticket that waits, or nothing.

    `expires_in` is set when the RPT was just refreshed, `live` while its time is not over,
    `current` when it was issued in this sign-in; `told` is what came with the RPT first.
    """

    rpt: str = ""
    refresh_token: str = ""
    ticket: str = ""
    issuer: str = ""
    expires_in: int = 0
    live: bool = False
    current: bool = False
    source: str = ""
    told: Told = NOTHING_TOLD


@dataclass(frozen=True, slots=True)
class Terms:
    """What travels beside the ticket: the purpose, and for an ask its words."""

    purpose_of_use: str = ""
    reason: str = ""
    requested_until: str = ""
    ask_id: str = ""
    scope: str = ""
    replaces: str = ""
    withdraw: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """What one record answered.

    `bundles` are its pages; `rpt`, `refresh_token`, `issuer`, `expires_in` the key that opened
    it, `told` what came with that key, `fresh` when it is new; `ticket` and `interval` when the
    patient has been asked; `why` when it is down; `wants` the names of the facts the sharing
    service still wants, and `tells_at` where the person can tell them herself, with that `ticket`;
    `pct` stands for what she let the service remember; `said` what it told of the request itself.
    """

    state: State
    source: str = ""
    bundles: tuple[dict[str, Any], ...] = ()
    rpt: str = ""
    refresh_token: str = ""
    issuer: str = ""
    expires_in: int = 0
    told: Told = NOTHING_TOLD
    fresh: bool = False
    upgraded: bool = False
    ticket: str = ""
    interval: int = 0
    why: Why = ""
    wants: tuple[str, ...] = ()
    tells_at: str = ""
    pct: str = ""
    said: Said = NOTHING_SAID
