"""May this request run, and as whom: no token, RPT or owner token (UMA Grant 3.2, 3.5; F-125).

`authorize` is the first call of every endpoint under a record's base, before anything of the
record is looked up: what an unauthorised caller gets depends on (record, type, interaction) only.
It should also come before the request's `session()` is used, since it may write (PAT, epoch).

`Access.disclose` is the last call before bytes leave. When the owner's epoch rose in between it
raises StaleProof; the application then rolls the request back and runs the endpoint once more,
which introspects again. Endpoints need no loop of their own.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import unquote, urlencode

from flask import request
from sqlalchemy import select
from sqlmodel import col

from fhir_rs.audit import Draft
from fhir_rs.audit_event import Actor, Happened, Site, build
from fhir_rs.context import current_rs
from fhir_rs.db import in_transaction, reading, session
from fhir_rs.enforcement.grant import Disclosed, Grant
from fhir_rs.enforcement.kinds import registered_type
from fhir_rs.enforcement.required import Required
from fhir_rs.errors import AuthorizationNeeded, Forbidden, Invalid, LoginNeeded, NotFound
from fhir_rs.models import link as links
from fhir_rs.models.link import Linked
from fhir_rs.models.record import Record
from fhir_rs.protection import introspection, ticket
from fhir_rs.protection.introspection_cache import Proof

NOT_LINKED = "This record is not linked to an authorization server yet."
_RECORD_ID = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)
_BEARER = re.compile(r"[Bb][Ee][Aa][Rr][Ee][Rr] +([A-Za-z0-9._~+/-]+=*)", re.ASCII)
_FOLDED = re.compile(r"(?i)\A\s*bearer\b.*,|,\s*bearer\b")
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
        _enter(self, interaction, outcome, entries)


def authorize(record: str, required: Required) -> Access:
    """Let the interaction run, or raise what the caller gets instead.

    Raise NotFound (unknown record), Forbidden (not linked yet), Invalid (two Authorization
    headers), AuthorizationNeeded (401 with a fresh ticket), AuthorizationServerUnreachable (403
    with the Warning), Throttled, AuditUnavailable.
    """
    link = _linked(record)
    token = bearer_token()
    proof = introspection.prove(link, token) if token is not None else None
    if proof is None:
        current_rs.challenge_rate.take(record, current_rs.now())
        raise AuthorizationNeeded(ticket.challenge(link, required))
    access = _access(link, proof)
    if not required.satisfied_by(proof.grant):
        # The one refusal that names a person: it goes to the owner's audit before it is sent.
        _enter(access, required.interaction, "turned_away", ())
        raise AuthorizationNeeded(ticket.challenge(link, required))
    return access


def authorize_owner(record: str) -> Access:
    """Let the owner of `record` run one of her own operations, with a token of scope `owner`.

    No RPT reaches these, so there is no ticket to offer: LoginNeeded (401, Bearer) for all else.
    """
    link = _linked(record)
    token = bearer_token()
    proof = introspection.prove(link, token) if token is not None else None
    if proof is None or not proof.grant.owner:
        raise LoginNeeded("This needs an access token of the record's owner.")
    return _access(link, proof)


def bearer_token() -> str | None:
    """The token of the one Authorization header; None when there is none to speak of (X-3).

    Tokens in the query or a form are not looked at. Two headers are a smuggling attempt (FH-01).
    """
    value = request.headers.get("Authorization", "").strip()
    # A gateway interface folds several headers into one, with commas; no token holds a comma.
    if _FOLDED.search(value):
        raise Invalid("More than one Authorization header.")
    match = _BEARER.fullmatch(value)
    return match[1] if match else None


def _linked(record: str) -> Linked:
    if not _RECORD_ID.fullmatch(record):
        raise NotFound
    link = links.find_fast(current_rs.engine, record)
    if link is not None:
        return link
    with reading(current_rs.engine) as connection:
        known = connection.scalar(select(col(Record.id)).where(col(Record.id) == record))
    if known is None:
        raise NotFound
    raise Forbidden(NOT_LINKED)


def _access(link: Linked, proof: Proof) -> Access:
    party = proof.party or {}
    kind = "owner" if proof.grant.owner else "person" if party else "system"
    actor = Actor(
        kind=kind,
        name=str(party.get("name") or ""),
        role=str(party.get("role") or ""),
        organization=str(party.get("organization") or ""),
        client_id=proof.client_id,
        client_name=proof.client_name,
        issuer=link.issuer,
        jti=proof.jti,
        purpose=proof.purpose or "",
        reason=proof.reason or "",
    )
    return Access(
        record=link.record,
        grant=proof.grant,
        owner=proof.grant.owner,
        party=proof.party,
        tell=proof.tell,
        purpose=proof.purpose,
        epoch=proof.epoch,
        actor=actor,
    )


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


def _enter(access: Access, interaction: str, outcome: str, entries: Sequence[Disclosed]) -> None:
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
