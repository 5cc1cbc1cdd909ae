"""Who runs an interaction and with what grant, and the audit entry that goes before the answer."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, cast
from urllib.parse import unquote, urlencode

from flask import request
from werkzeug.exceptions import HTTPException

from fhir_rs.audit.chain import Draft, StaleProof
from fhir_rs.audit.event import Actor, Happened, Site, build
from fhir_rs.context import current_rs
from fhir_rs.db import in_transaction, session
from fhir_rs.enforcement.grant import Disclosed, Grant
from fhir_rs.enforcement.kinds import registered_type
from fhir_rs.models.search_conditions import Scope

_DUTY = "fhir_rs.audit_duty"
_REQUEST_ID = re.compile(r"[A-Za-z0-9._:-]{1,64}", re.ASCII)
_SECRET_PARAMETER = re.compile(r"(?i)\b(access_token|token|ticket)=[^&\s]*")
_TOKEN = re.compile(r"eyJ[\w-]+\.[\w.-]+", re.ASCII)


@dataclass(frozen=True, slots=True)
class Access:
    """An interaction that may run.

    `grant` says what may be seen or written; `owner` is True on the owner's own path; `party` is
    who asks as the authorization server describes them (None: no person); `tell` what the owner
    lets them know of what is held back; `purpose` a v3-ActReason code or None.
    """

    record: str
    grant: Grant
    owner: bool
    party: dict[str, Any] | None
    tell: dict[str, Any]
    purpose: str | None
    epoch: int
    actor: Actor

    @property
    def policy_ids(self) -> tuple[str, ...]:
        """The owner's rules that the grant comes from."""
        return _policies(self.grant, ())

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
    ) -> None:
        """Put on disk what is about to leave; call it last, also when nothing is shown.

        Parameters: `entries` are all resources in the answer; `interaction` is the FHIR
        restful-interaction code, or the name of an operation; `total` the number of matches that
        the answer tells; `counted` how many of each kind an answer counts without showing any;
        `held` is True where it only says that what the client has is still so.
        Raise StaleProof (the application runs the request again) or AuditUnavailable (503).
        When the request's session holds a transaction the entry joins it, so that a write and
        its entry stand or fall together.
        """
        outcome = "shown" if entries else "nothing" if counted is None else "counted"
        outcome = "confirmed" if held else outcome
        enter(self, Entry(interaction, outcome, entries, total, counted))


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


def duty() -> Duty:
    """The duty of the request that runs; entries of a Bundle are requests of their own."""
    # Not in `g`: the entries of a Bundle share that with the request that brought them.
    environ = request.environ
    found = environ.get(_DUTY)
    if found is None:
        found = environ[_DUTY] = Duty()
    return cast(Duty, found)


def _policies(grant: Grant, entries: Sequence[Disclosed]) -> tuple[str, ...]:
    """The rules behind what is shown: those of the slices the entries come from."""
    slices = {(registered_type(entry.type, entry.kind), entry.kind) for entry in entries}
    return tuple(
        sorted(
            {
                clause.policy
                for clause in grant.clauses
                if clause.policy and (not slices or (clause.type, clause.kind) in slices)
            }
        )
    )


def enter(access: Access, entry: Entry) -> None:
    """Append one entry: in the request's transaction where it has one, else in one of its own."""
    settings, moment = current_rs.settings, current_rs.clock()
    request_id = request.headers.get("X-Request-Id", "")
    happened = Happened(
        record_base=current_rs.record_base(access.record),
        interaction=entry.interaction,
        outcome=entry.outcome,
        request=_request_text(),
        entries=entry.shown,
        request_id=request_id if _REQUEST_ID.fullmatch(request_id) else "",
        total=entry.total,
        counted=entry.counted,
        status=entry.status,
    )
    actor = access.actor
    if entry.outcome not in ("turned_away", "refused"):
        actor = replace(actor, policies=_policies(access.grant, entry.shown))
    event = build(actor, happened, Site(settings.base_url, settings.name), moment)
    # A refusal shows nothing, so it needs no proof that is fresh: it is written all the same.
    epoch = None if entry.outcome == "refused" else access.epoch
    draft = Draft(access.record, actor.kind, entry.outcome, event, epoch)
    owed = duty()
    try:
        if in_transaction():
            current_rs.audit.append_in(session().connection(), draft)
        else:
            current_rs.audit.append(draft)
            owed.done = True
    except StaleProof:
        # The token is not known to be good any more.
        owed.access = None
        raise


def _request_text() -> str:
    """The request as the query entity records it (FS-71), without what could be a token."""
    text = request.full_path.rstrip("?")
    try:
        # What has no content type is no form.
        form = list(request.form.items(multi=True)) if request.mimetype else []
    except HTTPException:
        # Refused for its form: then the address has to do.
        form = []
    if form:
        text = f"{text}\n{urlencode(form)}"
    # Under any name, however it was spelled: a token never enters the audit (FS-74).
    if _TOKEN.search(unquote(text)):
        text = _TOKEN.sub("-", unquote(text))
    return _SECRET_PARAMETER.sub(r"\1=-", text)[:4000]
