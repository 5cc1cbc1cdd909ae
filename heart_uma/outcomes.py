"""What an RPT request brings: four normal outcomes and one refusal (Grant 3.3.5-6)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Told:
    """What comes with an RPT about the share itself (extensions).

    `until`: when the access ends, in seconds since 1970; None where it goes on until the owner
    stops it, and where the server does not say. The rest is kinds, as far as the owner lets the
    party know, and empty where she tells nothing. `incomplete`: granted kinds that may not be all
    there is; `other_places`: granted kinds of which another record of hers gives nothing.
    """

    incomplete: tuple[str, ...] = ()
    other_places: tuple[str, ...] = ()
    until: int | None = None


NOTHING_TOLD = Told()


@dataclass(frozen=True, slots=True)
class Said:
    """What became of the request that the process was about (extension); empty where the server
    says nothing.

    `state`: answered, withdrawn or ran_out. `answer`: yes, some or no. With a yes, the asked
    `kinds` that were given and until when; with a no, the `reason` if the owner told it.
    """

    state: str = ""
    answer: str = ""
    kinds: tuple[str, ...] = ()
    until: int | None = None
    reason: str = ""


NOTHING_SAID = Said()


@dataclass(frozen=True, slots=True)
class RptIssued:
    """An RPT: `access_token`, its life in seconds, perhaps a refresh token and a PCT.

    `upgraded` is true only when the permissions of the `rpt` that was sent are in the new one;
    `told` has no more than `until` after a refresh, which assesses nothing.
    """

    access_token: str
    expires_in: int
    refresh_token: str | None = None
    pct: str | None = None
    upgraded: bool = False
    told: Told = NOTHING_TOLD
    said: Said = NOTHING_SAID


@dataclass(frozen=True, slots=True)
class RequiredClaim:
    """A hint of `need_info`: any one of the formats and issuers will do."""

    name: str | None = None
    friendly_name: str | None = None
    claim_type: str | None = None
    claim_token_format: tuple[str, ...] = ()
    issuer: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NeedInfo:
    """More must be known about the requesting party; the process goes on with the new `ticket`."""

    ticket: str
    required_claims: tuple[RequiredClaim, ...] = ()
    redirect_user: str | None = None


@dataclass(frozen=True, slots=True)
class RequestSubmitted:
    """The resource owner has been asked; poll with the new `ticket` after `interval` seconds."""

    ticket: str
    interval: int = 5


@dataclass(frozen=True, slots=True)
class RequestDenied:
    """Not authorized; a new attempt starts at the resource server."""

    said: Said = NOTHING_SAID


@dataclass(frozen=True, slots=True)
class GrantRefused:
    """The request itself was refused: `error` is the wire code, such as `invalid_grant`."""

    error: str
    status: int


Outcome = RptIssued | NeedInfo | RequestSubmitted | RequestDenied | GrantRefused
