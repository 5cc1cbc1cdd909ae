"""Issuing an RPT: a signed pointer to a grant, and a line in the owner's history (Grant 3.3.5)."""

from collections.abc import Sequence
from dataclasses import dataclass

from as_server.grants.history import record
from as_server.grants.presented_ticket import TicketRequest
from as_server.grants.rpt_upgrade import CarriedOver
from as_server.models import issued_grant
from as_server.models import token as tokens
from as_server.models.client import Client
from as_server.policy.explain import sentence
from as_server.policy.model import Entry, Granted, Party, Reason
from as_server.policy.narrowing import unite
from as_server.tokens.authorization import Authorization


@dataclass(frozen=True, slots=True)
class IssuedRpt:
    """What goes into a success answer, and what it permits (`entries`)."""

    value: str
    expires_in: int
    refresh_token: str | None
    upgraded: bool
    entries: tuple[Entry, ...]


def issue(
    request: TicketRequest,
    server: Client,
    party: Party,
    found: Granted,
    carried: CarriedOver | None,
) -> IssuedRpt:
    """Store what is granted and issue the tokens that point to it.

    The audience is the resource server; the answer carries a refresh token if the client is
    registered for that grant. An upgraded RPT replaces the old one, which is revoked (Grant
    3.3.5.1).
    """
    work, issuer, client, spent = request.work, request.issuer, request.client, request.spent
    settings, appeal = issuer.settings, request.appeal
    refreshable = client.check_grant_type("refresh_token") and not client.is_public
    life = settings.rpt_lifetime + (settings.refresh_token_lifetime if refreshable else 0)
    permitted = found.entries if carried is None else unite(carried.entries, found.entries)
    grant_id = issued_grant.issue(
        work.connection,
        owner=spent.owner,
        party=party.key,
        client_id=client.client_id,
        rs_client_id=spent.rs_client_id,
        entries=permitted,
        purpose=appeal.purpose,
        now=work.now,
        expires_at=work.now + life,
    )
    if carried is not None:
        tokens.revoke_family(work.connection, carried.family, work.now)
    given = Authorization(client, party.key, spent.family, rpt_grant=grant_id, reason=appeal.reason)
    issued = issuer.access_token(work, given, audience=[server.rs_base or server.client_id])
    refresh = issuer.refresh_token(work, given).value if refreshable else None
    reasons = dict.fromkeys(sentence(reason) for reason in found.reasons)
    record(request, "issued", party, _policy_of(found.reasons), "; ".join(reasons))
    return IssuedRpt(issued.value, issued.expires_in, refresh, carried is not None, permitted)


def _policy_of(reasons: Sequence[Reason]) -> str | None:
    return next((reason.policy for reason in reasons if reason.code == "permit"), None)
