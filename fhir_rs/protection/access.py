"""Who runs an interaction and with what grant, and the audit entry that goes before the answer."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection

from fhir_rs.audit.chain import Draft
from fhir_rs.audit.compact import NOTHING, Compact, compacted
from fhir_rs.audit.event import Actor, Happened, Site
from fhir_rs.audit.log import AuditLog
from fhir_rs.audit.refused import StaleProof
from fhir_rs.enforcement.grant import Disclosed, Grant
from fhir_rs.enforcement.kinds import registered_type
from fhir_rs.models.scope import Scope
from heart_ground import moments


@dataclass(slots=True)
class Duty:
    """What one request owes the audit: one entry, as soon as it bore a token that is good here.

    `examined` is True once its token was looked at, `access` what came of it, `interaction` what
    it asked for, and `done` is True when its entry is on disk whatever becomes of the request.
    """

    examined: bool = False
    access: Access | None = None
    interaction: str = ""
    done: bool = False


@dataclass(frozen=True, slots=True)
class ResourceRequest:
    """One request to a record (Grant 3.1, 3.5); each entry of a Bundle is one of its own.

    `moment` is when it came, and all that is decided about it is decided as of then;
    `authorization` is that header as sent; `emergency` says that the client breaks the glass;
    `text` gives the request as the audit quotes it; `duty` is what it owes the audit so far.
    """

    moment: datetime
    authorization: str
    emergency: bool
    prefer: str
    request_id: str
    text: Callable[[], str]
    duty: Duty

    @property
    def now(self) -> int:
        """Its moment in whole seconds since 1970."""
        return moments.seconds(self.moment)


@dataclass(frozen=True, slots=True)
class Access:
    """An interaction that may run.

    `grant` says what may be seen or written; `owner` is True on the owner's own path; `party` is
    who asks as the authorization server describes them (None: no person); `tell` what the owner
    lets them know of what is held back; `purpose` a v3-ActReason code or None; `bases` are the
    addresses at which the record's resources are, its own base first.
    """

    request: ResourceRequest
    trail: AuditTrail
    record: str
    bases: tuple[str, ...]
    grant: Grant
    owner: bool
    party: dict[str, Any] | None
    tell: dict[str, Any]
    purpose: str | None
    epoch: int
    actor: Actor

    @property
    def base(self) -> str:
        """The record's own FHIR base."""
        return self.bases[0]

    @property
    def policy_ids(self) -> tuple[str, ...]:
        """The owner's rules that the grant comes from."""
        return _policies(self.grant, frozenset())

    @property
    def writer(self) -> str:
        """Who writes with this access, the same for every token they will ever have: 32 hex digits.

        A person is who the authorization server says they are to this server (`sub`, pairwise) or,
        where it gives no such name, what it says of them together with their application. Without
        a person it is the application; the owner is herself in any application. A version that
        nobody is known to have written is nobody's own, so this is never empty.
        """
        party, issuer, client = self.party or {}, self.actor.issuer, self.actor.client_id
        sub = party.get("sub")
        if self.owner:
            return _written_as("owner", issuer, self.record)
        if isinstance(sub, str) and sub:
            return _written_as("sub", issuer, sub)
        if party:
            actor = self.actor
            described = (actor.name, actor.role, actor.organization)
            return _written_as("described", issuer, client, *described)
        return _written_as("client", issuer, client)

    @property
    def scope(self) -> Scope:
        """Where its queries look, and for whom."""
        return Scope(self.record, self.grant, None if self.owner else self.writer)

    def disclose(
        self,
        entries: Sequence[Disclosed],
        interaction: str,
        *,
        total: int | None = None,
        counted: Mapping[str, int] | None = None,
        held: bool = False,
        within: Connection | None = None,
    ) -> None:
        """Put on disk what is about to leave; call it last, also when nothing is shown.

        Parameters: `entries` are all resources in the answer; `interaction` is the FHIR
        restful-interaction code, or the name of an operation; `total` the number of matches that
        the answer tells; `counted` how many of each kind an answer counts without showing any;
        `held` is True where it only says that what the client has is still so.
        `within` is the transaction of a write, which its entry joins: they stand or fall together.
        Raise StaleProof (the application runs the request again) or AuditUnavailable (503).
        """
        outcome = "shown" if entries else "nothing" if counted is None else "counted"
        outcome = "confirmed" if held else outcome
        self.trail.enter(self, Entry(interaction, outcome, entries, total, counted), within)


@lru_cache(maxsize=4096)
def _written_as(*who: str) -> str:
    # As a JSON list: no two lists of names read the same when put together. Every read asks.
    return hashlib.sha256(json.dumps(who).encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Entry:
    """What an audit entry says beside who and when; see `Happened` for its outcomes.

    `status` is the HTTP status of a refusal, 0 where nothing was refused.
    """

    interaction: str
    outcome: str
    shown: Sequence[Disclosed] = ()
    total: int | None = None
    counted: Mapping[str, int] | None = None
    status: int = 0


@lru_cache(maxsize=4096)
def _policies(grant: Grant, shown: frozenset[tuple[str, str]]) -> tuple[str, ...]:
    """The rules behind what is `shown`, (type, kind): those of the slices that it comes from."""
    slices = {(registered_type(type_, kind), kind) for type_, kind in shown}
    return tuple(
        sorted(
            {
                clause.policy
                for clause in grant.clauses
                if clause.policy and (not slices or (clause.type, clause.kind) in slices)
            }
        )
    )


@lru_cache(maxsize=4096)
def _under(actor: Actor, policies: tuple[str, ...]) -> Actor:
    return replace(actor, policies=policies)


class AuditTrail:
    """Turns what becomes of a request into entries of the audit chain; `site` is this server."""

    def __init__(self, log: AuditLog, site: Site) -> None:
        self._log = log
        self._site = site

    def enter(self, access: Access, entry: Entry, within: Connection | None = None) -> None:
        """Append one entry: in the transaction `within` where there is one, else in its own."""
        draft = self._draft(access, entry)
        owed = access.request.duty
        try:
            if within is not None:
                self._log.append_in(within, draft)
            else:
                self._log.append(draft)
                owed.done = True
        except StaleProof:
            # The token is not known to be good any more.
            owed.access = None
            raise

    def _draft(self, access: Access, entry: Entry) -> Draft:
        # A refusal shows nothing, so it needs no proof that is fresh: it is written all the same.
        epoch = None if entry.outcome == "refused" else access.epoch
        event = self._event(access, entry) if self._log.keeps_entries else NOTHING
        return Draft(access.record, access.actor.kind, entry.outcome, event, epoch)

    def _event(self, access: Access, entry: Entry) -> Compact:
        request, actor = access.request, access.actor
        happened = Happened(
            record_base=access.base,
            interaction=entry.interaction,
            outcome=entry.outcome,
            request=request.text(),
            entries=entry.shown,
            request_id=request.request_id,
            total=entry.total,
            counted=entry.counted,
            status=entry.status,
        )
        if entry.outcome not in ("turned_away", "refused"):
            shown = frozenset((each.type, each.kind) for each in entry.shown)
            actor = _under(actor, _policies(access.grant, shown))
        return compacted(actor, happened, self._site, request.moment)
