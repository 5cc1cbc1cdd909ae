"""Who runs an interaction and with what grant, and the audit entry that goes before the answer."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import unquote, urlencode

from flask import request

from fhir_rs.audit import Draft
from fhir_rs.audit_event import Actor, Happened, Site, build
from fhir_rs.context import current_rs
from fhir_rs.db import in_transaction, session
from fhir_rs.enforcement.grant import Disclosed, Grant
from fhir_rs.enforcement.kinds import registered_type

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
            who = ["owner", issuer, self.record]
        elif isinstance(sub, str) and sub:
            who = ["sub", issuer, sub]
        elif party:
            actor = self.actor
            who = ["described", issuer, client, actor.name, actor.role, actor.organization]
        else:
            who = ["client", issuer, client]
        # As a JSON list: no two lists of names read the same when put together.
        return hashlib.sha256(json.dumps(who).encode()).hexdigest()[:32]

    def disclose(self, entries: Sequence[Disclosed], interaction: str) -> None:
        """Put on disk what is about to leave; call it last, also when nothing is shown.

        Parameters: `entries` are all resources in the answer; `interaction` is the FHIR
        restful-interaction code, or the name of an operation.
        Raise StaleProof (the application runs the request again) or AuditUnavailable (503).
        When the request's session holds a transaction the entry joins it, so that a write and
        its entry stand or fall together.
        """
        outcome = "shown" if entries else "nothing"
        enter(self, interaction, outcome, entries)


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


def enter(access: Access, interaction: str, outcome: str, entries: Sequence[Disclosed]) -> None:
    """Append one entry: in the request's transaction where it has one, else in one of its own."""
    settings, moment = current_rs.settings, current_rs.clock()
    request_id = request.headers.get("X-Request-Id", "")
    happened = Happened(
        record_base=current_rs.record_base(access.record),
        interaction=interaction,
        outcome=outcome,
        request=_request_text(),
        entries=entries,
        request_id=request_id if _REQUEST_ID.fullmatch(request_id) else "",
    )
    actor = access.actor
    if outcome != "turned_away":
        actor = replace(actor, policies=_policies(access.grant, entries))
    event = build(actor, happened, Site(settings.base_url, settings.name), moment)
    draft = Draft(access.record, actor.kind, outcome, event, access.epoch)
    if in_transaction():
        current_rs.audit.append_in(session().connection(), draft)
    else:
        current_rs.audit.append(draft)


def _request_text() -> str:
    """The request as the query entity records it (FS-71), without what could be a token."""
    text = request.full_path.rstrip("?")
    if request.form:
        text = f"{text}\n{urlencode(list(request.form.items(multi=True)))}"
    # Under any name, however it was spelled: a token never enters the audit (FS-74).
    if _TOKEN.search(unquote(text)):
        text = _TOKEN.sub("-", unquote(text))
    return _SECRET_PARAMETER.sub(r"\1=-", text)[:4000]
