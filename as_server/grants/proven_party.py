"""The requesting party of a token request: who a pushed claim token proves, or who signed in here
for this process (Grant 3.3.1, 3.3.3)."""

from as_server.grants.presented_ticket import TicketRequest
from as_server.models import account as accounts
from as_server.models.party import party_of
from as_server.policy.model import Party
from as_server.tokens import claims


def proven_party(request: TicketRequest) -> Party | None:
    """None for a claim token that proves nothing, which is need_info (Grant 3.3.6), and for two
    people: what one of them told is nothing that the other said (Grant 5.2)."""
    pushed, told = _pushed(request), request.spent.claims
    if "claim_token" not in request.form:
        return _signed_in(request)
    if pushed is None or told is None or told.party == pushed.key:
        return pushed
    return None


def _pushed(request: TicketRequest) -> Party | None:
    form, client, work = request.form, request.client, request.work
    token, token_format = form.get("claim_token", ""), form.get("claim_token_format", "")
    if not token:
        return None
    subject = claims.proven_subject(request.issuer, client, token, token_format, work.at)
    return claims.party_named(work.connection, client, subject)


def _signed_in(request: TicketRequest) -> Party | None:
    """Who was at this server's own page, for as long as an ID token would say so."""
    told, work = request.spent.claims, request.work
    if told is None or told.at + request.issuer.settings.id_token_lifetime <= work.now:
        return None
    account = accounts.by_key(work.db, told.party)
    return None if account is None else party_of(account)
