"""May this request run, and as whom: no token, RPT or owner token (UMA Grant 3.2, 3.5; F-125).

`authorize` is the first call of every endpoint under a record's base, before anything of the
record is looked up: what an unauthorised caller gets depends on (record, type, interaction) only.
It should also come before the request's `session()` is used, since it may write (PAT, epoch).

`Access.disclose` is the last call before bytes leave. When the owner's epoch rose in between it
raises StaleProof; the application then rolls the request back and runs the endpoint once more,
which introspects again. Endpoints need no loop of their own. A request that ends in an error
before that leaves a `refused` entry (`refusals.py`).
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from flask import request
from sqlalchemy import select
from sqlmodel import col

from fhir_rs.audit.event import Actor
from fhir_rs.context import current_rs
from fhir_rs.db import reading
from fhir_rs.enforcement.required import Required
from fhir_rs.errors import AuthorizationNeeded, FhirError, Forbidden, Invalid, LoginNeeded, NotFound
from fhir_rs.models import link as links
from fhir_rs.models.link import Linked
from fhir_rs.models.record import Record
from fhir_rs.protection import introspection, ticket
from fhir_rs.protection.access import Access as Access
from fhir_rs.protection.access import Entry, duty, enter
from fhir_rs.protection.introspection_cache import Proof

NOT_LINKED = "This record is not linked to an authorization server yet."
_RECORD_ID = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)
_BEARER = re.compile(r"[Bb][Ee][Aa][Rr][Ee][Rr] +([A-Za-z0-9._~+/-]+=*)", re.ASCII)
_FOLDED = re.compile(r"(?i)\A\s*bearer\b.*,|,\s*bearer\b")


def authorize(record: str, required: Required) -> Access:
    """Let the interaction run, or raise what the caller gets instead.

    Raise NotFound (unknown record), Forbidden (not linked yet), Invalid (two Authorization
    headers), AuthorizationNeeded (401 with a fresh ticket), AuthorizationServerUnreachable (403
    with the Warning), Throttled, AuditUnavailable.
    """
    link = _linked(record)
    access = _examined(link, required.interaction)
    if access is None:
        current_rs.challenge_rate.take(record, current_rs.now())
        raise AuthorizationNeeded(ticket.challenge(link, required))
    if not required.satisfied_by(access.grant):
        # A ticket costs the authorization server as much as one without a token does, and each
        # of these is a line of what the owner reads.
        current_rs.challenge_rate.take(record, current_rs.now(), access.writer)
        # It names a person: it goes to the owner's audit before it is sent.
        enter(access, Entry(required.interaction, "turned_away"))
        raise AuthorizationNeeded(ticket.challenge(link, required))
    return access


def authorize_owner(record: str) -> Access:
    """Let the owner of `record` run one of her own operations, with a token of scope `owner`.

    No RPT reaches these, so there is no ticket to offer: LoginNeeded (401, Bearer) for all else.
    """
    access = _examined(_linked(record))
    if access is None or not access.owner:
        raise LoginNeeded("This needs an access token of the record's owner.")
    return access


def bearer_of_refused() -> Access | None:
    """Who bears the token of a request that was refused before anybody looked at it, if anyone.

    None too where that cannot be known now: the refusal told nothing but the form of the request.
    """
    path = str(request.environ.get("PATH_INFO", ""))
    below = urlsplit(current_rs.settings.base_url).path + "/r/"
    record = path.removeprefix(below).partition("/")[0] if path.startswith(below) else ""
    try:
        return _examined(_linked(record)) if record else None
    except FhirError:
        return None


def _examined(link: Linked, interaction: str = "") -> Access | None:
    """What the request's token is good for here, None without one that is good for anything."""
    owed = duty()
    owed.examined = True
    owed.interaction = owed.interaction or interaction
    token = bearer_token()
    proof = introspection.prove(link, token) if token is not None else None
    owed.access = _access(link, proof) if proof is not None else None
    return owed.access


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
