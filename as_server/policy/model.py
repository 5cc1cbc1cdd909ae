"""What the owner said and what is asked, as values (Grant 3.3.4; the house's policy language)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum
from functools import lru_cache
from typing import Literal, NamedTuple

from as_server.policy.record_urls import by_place
from heart_uma.resources import Limits
from heart_uma.scopes import is_base
from heart_uma.topics import RESTRICTED, TOPIC_BY_CODE, VERY_RESTRICTED

State = Literal["draft", "on", "paused", "ended"]
Effect = Literal["permit", "deny"]


class WhoLevel(IntEnum):
    """How closely a policy names the party; a policy that names nobody reaches nobody."""

    NOBODY = 0
    ANYONE = 1
    ORGANIZATION = 2
    ROLE = 3
    PERSON = 4


class WhatLevel(IntEnum):
    """How closely a policy names a record; compared before `WhoLevel`."""

    EVERYTHING = 1
    KIND = 2
    TOPIC = 3
    RECORD = 4


@dataclass(frozen=True, slots=True)
class Who:
    """One person (account key), role code, organization, or, said explicitly, anyone."""

    level: WhoLevel = WhoLevel.NOBODY
    value: str = ""


@dataclass(frozen=True, slots=True)
class What:
    """The records a policy speaks about.

    `include` and `exclude` are absolute record URLs (`{record base}/Type/id`); `topics` are topic
    codes whose gate a permit lifts, or that a deny closes; `since` and `until` are inclusive days.
    Where `places` are named, record bases, kinds and everything are meant there alone; a record
    that is named is meant wherever it is.
    The last three fields are derived once, so that matching does no parsing.
    """

    everything: bool = False
    kinds: frozenset[str] = frozenset()
    topics: frozenset[str] = frozenset()
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    since: str | None = None
    until: str | None = None
    write: bool = False
    places: frozenset[str] = frozenset()
    topic_scopes: Mapping[str, str] = field(init=False, compare=False, repr=False)
    included: Mapping[tuple[str, str], frozenset[str]] = field(
        init=False, compare=False, repr=False
    )
    excluded: Mapping[tuple[str, str], frozenset[str]] = field(
        init=False, compare=False, repr=False
    )

    def __post_init__(self) -> None:
        lifted = {t: TOPIC_BY_CODE[t].scope for t in self.topics if t in TOPIC_BY_CODE}
        object.__setattr__(self, "topic_scopes", lifted)
        object.__setattr__(self, "included", by_place(self.include))
        object.__setattr__(self, "excluded", by_place(self.exclude))

    def level_for(self, kind: str) -> WhatLevel | None:
        """How closely this names records of `kind`, leaving named records aside."""
        if kind in self.kinds:
            return WhatLevel.KIND
        return WhatLevel.EVERYTHING if self.everything else None

    def reaches(self, record: str) -> bool:
        """True where kinds of this record base are meant."""
        return not self.places or record in self.places

    def closes(self, topic: str) -> bool:
        """True when this names `topic`; V reaches R as well, so closing R closes V."""
        return topic in self.topics or (
            topic == VERY_RESTRICTED.code and RESTRICTED.code in self.topics
        )


@dataclass(frozen=True, slots=True)
class When:
    """From (inclusive) until (exclusive); None is open."""

    start: datetime | None = None
    end: datetime | None = None


@dataclass(frozen=True, slots=True)
class Tell:
    """What the party is told about records held back: their kinds, or one neutral line."""

    level: Literal["kinds", "neutral"] = "neutral"
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Label:
    """How the owner knows the party: words to show, never compared."""

    name: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class SharingPolicy:
    """One sharing rule of one owner: who may (or may not) have what, why, and when.

    `ask_me` turns a permit into "ask me first". An empty `why` stands for every purpose but the
    emergency ones, which have to be named. `say_why`: it counts only for who says why.
    """

    id: str
    version: int = 1
    state: State = "draft"
    effect: Effect = "permit"
    ask_me: bool = False
    who: Who = field(default_factory=Who)
    what: What = field(default_factory=What)
    why: tuple[str, ...] = ()
    say_why: bool = False
    when: When = field(default_factory=When)
    paused_until: datetime | None = None
    tell: Tell = field(default_factory=Tell)
    label: Label = field(default_factory=Label)


@dataclass(frozen=True, slots=True)
class Party:
    """The requesting party as the AS knows it; a claim that is None is absent.

    `key` is the account key; `role` a role code; the other members are words for people.
    """

    key: str
    role: str | None = None
    organization: str | None = None
    name: str = ""
    role_name: str = ""
    clinician: bool = False


class RequestedResource(NamedTuple):
    """A registered resource in a ticket: its slice of the record, and both scope sets.

    `registered` is what the RS offers on it now, `ticket_scopes` what was asked for it.
    """

    resource_id: str
    fhir_type: str
    kind: str
    record: str
    registered: frozenset[str]
    ticket_scopes: frozenset[str]


@dataclass(frozen=True, slots=True)
class AccessRequest:
    """Everything an assessment looks at, except the policies and the time.

    `party` is None until claims arrive. `named_scopes` are the `scope` values of the token request,
    `requested_scopes` those that the client is registered for: they may add to the ticket.
    `asking`: the owner is to be asked; `limits_supported`: the RS enforces `heart_uma_limits`.
    """

    resources: tuple[RequestedResource, ...]
    party: Party | None = None
    requested_scopes: frozenset[str] = frozenset()
    named_scopes: frozenset[str] = frozenset()
    purpose: str | None = None
    asking: bool = False
    limits_supported: bool = True


class Entry(NamedTuple):
    """One granted permission: what one policy gives on one resource. Never merged with another."""

    resource_id: str
    scopes: frozenset[str]
    policy: str
    limits: Limits | None = None
    exp: int | None = None


class Reason(NamedTuple):
    """Why something was granted or refused: a code for `explain`, and the policy that decided.

    `about` is the kind or the topic that it concerns, None for the request as a whole.
    """

    code: str
    policy: str | None = None
    about: str | None = None


@dataclass(frozen=True, slots=True)
class Granted:
    entries: tuple[Entry, ...]
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class NeedInfo:
    required_claims: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RequestSubmitted:
    reason: Reason


@dataclass(frozen=True, slots=True)
class RequestDenied:
    reason: Reason


Assessment = Granted | NeedInfo | RequestSubmitted | RequestDenied


@lru_cache(maxsize=4096)
def base_scopes(scopes: frozenset[str]) -> frozenset[str]:
    """The scopes of a set that reach data; the rest only lift filters."""
    return frozenset(scope for scope in scopes if is_base(scope))
