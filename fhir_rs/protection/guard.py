"""May this request run, and as whom: no token, RPT or owner token (Grant 3.2, 3.5).

`authorize` is the first call of every endpoint under a record's base, before anything of the
record is looked up: what an unauthorised caller gets depends on (record, type, interaction) only.
It also comes before a transaction of the endpoint's own begins, since it may write (PAT, epoch).

`Access.disclose` is the last call before bytes leave. When the owner's epoch rose in between it
raises StaleProof; the application then runs the endpoint once more, which introspects again.
Endpoints need no loop of their own. A request that ends in an error before that leaves a `refused`
entry (`refusals.py`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from sqlalchemy import Engine, select
from sqlmodel import col

from fhir_rs.audit.event import Actor
from fhir_rs.db import reading
from fhir_rs.enforcement.required import Required
from fhir_rs.errors import AuthorizationNeeded, FhirError, Forbidden, Invalid, LoginNeeded, NotFound
from fhir_rs.models import link as links
from fhir_rs.models.link import Linked
from fhir_rs.models.record import Record
from fhir_rs.protection.access import Access, AuditTrail, Entry, ResourceRequest
from fhir_rs.protection.challenge_rate import ChallengeRate
from fhir_rs.protection.introspection import Introspection
from fhir_rs.protection.introspection_cache import Proof
from fhir_rs.protection.ticket import Tickets
from fhir_rs.settings import Settings

NOT_LINKED = "This record is not linked to an authorization server yet."
_RECORD_ID = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)
_BEARER = re.compile(r"[Bb][Ee][Aa][Rr][Ee][Rr] +([A-Za-z0-9._~+/-]+=*)", re.ASCII)
_FOLDED = re.compile(r"(?i)\A\s*bearer\b.*,|,\s*bearer\b")


@dataclass(frozen=True, slots=True)
class Guard:
    """Stands before every record of this server."""

    engine: Engine
    settings: Settings
    introspection: Introspection
    tickets: Tickets
    rate: ChallengeRate
    trail: AuditTrail

    def authorize(self, request: ResourceRequest, record: str, required: Required) -> Access:
        """Let the interaction run, or raise what the caller gets instead.

        Raise NotFound (unknown record), Forbidden (not linked yet), Invalid (two Authorization
        headers), AuthorizationNeeded (401 with a fresh ticket), AuthorizationServerUnreachable
        (403 with the Warning), Throttled, AuditUnavailable.
        """
        link = self._linked(record)
        access = self._examined(request, link, required.interaction)
        if access is None:
            self.rate.take(record, request.now)
            raise AuthorizationNeeded(self.tickets.challenge(request, link, required))
        if not required.satisfied_by(access.grant):
            # A ticket costs the authorization server as much as one without a token does, and
            # each of these is a line of what the owner reads.
            self.rate.take(record, request.now, access.writer)
            # It names a person: it goes to the owner's audit before it is sent.
            self.trail.enter(access, Entry(required.interaction, "turned_away"))
            raise AuthorizationNeeded(self.tickets.challenge(request, link, required))
        return access

    def authorize_owner(self, request: ResourceRequest, record: str) -> Access:
        """Let the owner of `record` run one of her own operations, with a token of scope `owner`.

        No RPT reaches these, so there is no ticket to offer: LoginNeeded (401, Bearer) for all
        else.
        """
        access = self._examined(request, self._linked(record))
        if access is None or not access.owner:
            raise LoginNeeded("This needs an access token of the record's owner.")
        return access

    def bearer_of_refused(self, request: ResourceRequest, record: str) -> Access | None:
        """Who bears the token of a request that was refused before anybody looked at it, if anyone.

        None too where that cannot be known now: the refusal told nothing but the form of the
        request.
        """
        try:
            return self._examined(request, self._linked(record))
        except FhirError:
            return None

    def _examined(
        self, request: ResourceRequest, link: Linked, interaction: str = ""
    ) -> Access | None:
        """What the request's token is good for here, None without one that is good for anything."""
        owed = request.duty
        owed.examined = True
        owed.interaction = owed.interaction or interaction
        token = bearer_token(request.authorization)
        proof = None
        if token is not None:
            proof = self.introspection.prove(link, token, request.moment)
        owed.access = self._access(request, link, proof) if proof is not None else None
        return owed.access

    def _linked(self, record: str) -> Linked:
        if not _RECORD_ID.fullmatch(record):
            raise NotFound
        link = links.find_fast(self.engine, record)
        if link is not None:
            return link
        with reading(self.engine) as connection:
            known = connection.scalar(select(col(Record.id)).where(col(Record.id) == record))
        if known is None:
            raise NotFound
        raise Forbidden(NOT_LINKED)

    def _access(self, request: ResourceRequest, link: Linked, proof: Proof) -> Access:
        return Access(
            request=request,
            trail=self.trail,
            record=link.record,
            bases=self.settings.bases(link.record),
            grant=proof.grant,
            owner=proof.grant.owner,
            party=proof.party,
            tell=proof.tell,
            purpose=proof.purpose,
            epoch=proof.epoch,
            actor=_actor(link, proof),
        )


def bearer_token(authorization: str) -> str | None:
    """The token of the one Authorization header, None where there is none (RFC 6750 2.1).

    Tokens in the query or a form are not looked at. Two headers are a smuggling attempt.
    """
    # A gateway interface folds several headers into one, with commas; no token holds a comma.
    if "," in authorization and _FOLDED.search(authorization):
        raise Invalid("More than one Authorization header.")
    match = _BEARER.fullmatch(authorization)
    return match[1] if match else None


def _actor(link: Linked, proof: Proof) -> Actor:
    party = proof.party or {}
    return Actor(
        kind="owner" if proof.grant.owner else "person" if party else "system",
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
