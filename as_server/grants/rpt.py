"""Issuing an RPT: a signed pointer to a grant, and a line in the owner's history (Grant 3.3.5)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from as_server.grants.history import record
from as_server.grants.presented_ticket import TicketRequest
from as_server.grants.rpt_upgrade import CarriedOver
from as_server.models import issued_grant, token_revocation
from as_server.models.client import Client
from as_server.models.spent_ticket import SpentTicket
from as_server.policy.explain import sentence
from as_server.policy.model import Entry, Granted, Party, Reason
from as_server.policy.narrowing import unite
from as_server.tokens import lifetimes
from as_server.tokens.authorization import Authorization
from as_server.tokens.issuing import SignedToken, remember

TO_COME = ""
"""The grant of an RPT that is signed and not stored yet: no token says which one it points to."""


@dataclass(frozen=True, slots=True)
class SignedRpt:
    """What goes into a success answer, what it permits (`entries`), and what is to be stored.

    Nothing of it is worth anything before `store`.
    """

    access: SignedToken
    refresh: SignedToken | None
    expires_in: int
    entries: tuple[Entry, ...]
    grant: Mapping[str, Any]
    given: Authorization
    because: str
    policy: str | None


def sign(
    request: TicketRequest,
    spent: SpentTicket,
    server: Client,
    party: Party,
    subject: str,
    found: Granted,
    carried: CarriedOver | None = None,
) -> SignedRpt:
    """Make what a decision brings; the client knows the party as `subject`.

    The audience is the resource server; the answer carries a refresh token if the client is
    registered for that grant.
    """
    issuer, client, appeal, now = request.issuer, request.client, request.appeal, request.work.now
    settings = issuer.settings
    refreshable = client.check_grant_type("refresh_token") and not client.is_public
    life = settings.rpt_lifetime + (settings.refresh_token_lifetime if refreshable else 0)
    entries = found.entries if carried is None else unite(carried.entries, found.entries)
    given = Authorization(
        client,
        party.key,
        spent.family,
        rpt_grant=TO_COME,
        reason=appeal.reason,
        grants_on=spent.owner,
    )
    audience = [server.rs_base or server.client_id]
    lifetime = lifetimes.of_access(settings, given, audience)
    longest = lifetimes.of_refresh(settings, given, now, None)
    reasons = dict.fromkeys(sentence(reason) for reason in found.reasons)
    return SignedRpt(
        issuer.sign_access(given, subject, now, audience, lifetime),
        issuer.sign_refresh(given, subject, now, longest) if refreshable else None,
        lifetime,
        entries,
        issued_grant.to_issue(
            owner=spent.owner,
            party=party.key,
            client_id=client.client_id,
            rs_client_id=spent.rs_client_id,
            entries=entries,
            purpose=appeal.purpose,
            now=now,
            expires_at=now + life,
        ),
        given,
        "; ".join(reasons),
        _policy_of(found.reasons),
    )


def store(
    request: TicketRequest, signed: SignedRpt, party: Party, carried: CarriedOver | None = None
) -> None:
    """Store what is granted and the tokens that point to it.

    An upgraded RPT replaces the old one, which is revoked (Grant 3.3.5.1).
    """
    work = request.work
    grant_id = issued_grant.issue(work.connection, signed.grant)
    given = replace(signed.given, rpt_grant=grant_id)
    if carried is not None:
        token_revocation.revoke_family(work.connection, given.owner, carried.family, work.now)
    remember(work, signed.access, given, signed.refresh)
    record(request, "issued", party, signed.policy, signed.because)


def _policy_of(reasons: Sequence[Reason]) -> str | None:
    return next((reason.policy for reason in reasons if reason.code == "permit"), None)
