"""The uma-ticket grant: a permission ticket and claims in, an RPT out (Grant 3.3).

    POST /token
    grant_type=urn:ietf:params:oauth:grant-type:uma-ticket&ticket=...&claim_token=...
    &claim_token_format=http://openid.net/specs/openid-connect-core-1_0.html%23IDToken

The order is fixed: client, grant type, syntax, ticket, rpt, scope, claims, assessment. The ticket
is spent before anything is decided, whatever the decision (Grant 5.5).
"""

from collections.abc import Sequence
from typing import Any

from authlib.oauth2.rfc6749 import BaseGrant, TokenEndpointMixin

from as_server.errors import InvalidGrant, InvalidRequest, UnauthorizedClient
from as_server.grants.outcomes import (
    NeedInfo,
    Outcome,
    RequestDenied,
    RequestSubmitted,
    RptIssued,
)
from as_server.grants.rpt import (
    CarriedOver,
    IssuedRpt,
    carried_over,
    issue_rpt,
    presented_rpt,
    scopes_named,
)
from as_server.models import client as clients
from as_server.models import policies_in_force, requested_resource, ticket
from as_server.models import submitted_request as requests
from as_server.models.client import UMA_TICKET, Client
from as_server.models.submitted_request import SubmittedRequest
from as_server.models.ticket import SpentTicket
from as_server.models.token import Token
from as_server.policy import model
from as_server.policy.assessment import assess
from as_server.policy.explain import SENTENCES, sentence
from as_server.policy.model import AccessRequest, Assessment, Party, Reason, SharingPolicy
from as_server.sharing import audit, request_outcome, submitted_request
from as_server.sharing.ending import end_family
from as_server.sharing.incomplete import told_members
from as_server.sharing.submitted_request import Appeal
from as_server.sharing.withdrawal import supports_limits
from as_server.tokens import claims
from as_server.tokens.granted_permissions import until
from as_server.work import Work

MAX_TICKET = 512
REFUSED = "The ticket is not valid."


class UmaTicketGrant(BaseGrant, TokenEndpointMixin):  # type: ignore[misc]
    """One permission ticket in, one of the outcomes of Grant 3.3.5 and 3.3.6 out."""

    GRANT_TYPE = UMA_TICKET

    work: Work
    appeal: Appeal
    spent: SpentTicket

    def validate_token_request(self) -> None:
        self.work = self.request.work
        client: Client = self.authenticate_token_endpoint_client()
        if not client.check_grant_type(self.GRANT_TYPE):
            raise UnauthorizedClient("The client is not registered for this grant.")
        form = self.request.form
        if not form.get("ticket"):
            raise InvalidRequest("A ticket is needed.")
        if bool(form.get("claim_token")) != bool(form.get("claim_token_format")):
            raise InvalidRequest("claim_token and claim_token_format go together.")
        self.appeal = submitted_request.read_appeal(form, self.work.now)

    def create_token_response(self) -> Outcome:
        form = self.request.form
        self.spent = self._spend(form["ticket"])
        old = presented_rpt(self.work, form.get("rpt"), self.client)
        resources = requested_resource.requested(
            self.work.connection, self.spent.owner, self.spent.rs_client_id, self.spent.permissions
        )
        named = scopes_named(form.get("scope"), resources)
        party = self._party(form.get("claim_token"), form.get("claim_token_format"))
        if party is None and form.get("claim_token"):
            return self._need_info(("sub",))
        server = clients.by_id(self.work.connection, self.spent.rs_client_id)
        if server is None or not resources:
            return self._deny(party, Reason("default_deny"))
        known = self._earlier(party)
        if self.appeal.withdraw:
            if party is None:
                return self._need_info(("sub",))
            if self._is_withdrawn(party, known):
                return RequestDenied(request_outcome.withdrawn(), "The request was withdrawn.")
        request = AccessRequest(
            resources=resources,
            party=party,
            # Grant 3.3.4: a scope counts only if the client is registered for it.
            requested_scopes=named & self.client.scopes,
            named_scopes=named,
            purpose=self.appeal.purpose,
            asking=self._asks(known),
            limits_supported=supports_limits(server),
        )
        return self._assessed(request, server, old, known)

    def _assessed(
        self,
        request: AccessRequest,
        server: Client,
        old: Token | None,
        known: SubmittedRequest | None,
    ) -> Outcome:
        """What the owner's rules say to this request, and what comes of it."""
        party = request.party
        policies = self._policies(party)
        found = assess(request, policies, self.work.at)
        if not isinstance(found, model.Granted) or party is None:
            return self._refuse(found, request, known)
        carried = carried_over(self.work, old, party, self.spent, request, policies)
        issued = self._issue(server, party, found, carried)
        owner, purpose = self.spent.owner, self.appeal.purpose
        told = told_members(self.work, owner, server, party, purpose, issued.entries, policies)
        return RptIssued(
            issued.value,
            issued.expires_in,
            issued.refresh_token,
            issued.upgraded,
            until(issued.entries) | told | self._came_of(known),
        )

    def _issue(
        self, server: Client, party: Party, found: model.Granted, carried: CarriedOver | None
    ) -> IssuedRpt:
        """The RPT, and the line in the owner's history that says why."""
        issued = issue_rpt(
            self.work,
            self.server.issuer,
            self.client,
            server,
            party,
            self.spent,
            found.entries,
            carried,
            self.appeal,
        )
        reasons = [sentence(reason) for reason in found.reasons]
        self._record("issued", party, _policy_of(found.reasons), "; ".join(dict.fromkeys(reasons)))
        return issued

    def _spend(self, value: str) -> SpentTicket:
        """The ticket, spent; `InvalidGrant` for one that is not this client's to use now.

        What a ticket gave to this client ends when the client presents it again (Grant 5.5): one
        of the two is not its own doing. A ticket in anybody else's hand changes nothing.
        """
        if len(value) > MAX_TICKET:
            raise InvalidGrant(REFUSED)
        client_id = self.client.client_id
        spent = ticket.spend(self.work.connection, value, client_id, self.work.now)
        if spent is None:
            end_family(self.work, ticket.family_of(value), client_id)
            raise InvalidGrant(REFUSED)
        return spent

    def _party(self, token: str | None, token_format: str | None) -> Party | None:
        """The person behind the claim token; None too for one that proves nothing, which is
        need_info (Grant 3.3.6)."""
        if not token:
            return None
        return claims.requesting_party(
            self.work, self.server.issuer, self.client, token, token_format or ""
        )

    def _asks(self, known: SubmittedRequest | None) -> bool:
        """True while a wish is open; of a mere try, what is granted by now is enough."""
        if self.appeal.asks:
            return not _is_closed(known)
        return known is not None and known.state == "waiting" and not known.is_a_try

    def _policies(self, party: Party | None) -> list[SharingPolicy]:
        """The owner's rules about this party, held until this is decided and stored. Who has no
        account any more shares nothing, whatever the rules say."""
        if not policies_in_force.hold(self.work.connection, self.spent.owner):
            raise InvalidGrant("The ticket is not valid.")
        return policies_in_force.concerning(self.work.connection, self.spent.owner, party)

    def _earlier(self, party: Party | None) -> SubmittedRequest | None:
        if party is None:
            return None
        return submitted_request.earlier(
            self.work, self.spent, self.client.client_id, party, self.appeal
        )

    def _is_withdrawn(self, party: Party, known: SubmittedRequest | None) -> bool:
        """Take back what waits, which ends the process; what was answered goes on to its answer."""
        if known is None and self.appeal.ask_id is None:
            known = submitted_request.a_try(self.work, self.spent, self.client.client_id, party)
        if known is not None:
            if requests.withdraw(self.work.db, known):
                self._record("withdrawn", party, None, SENTENCES["withdrawn"])
            # Another ticket of the same request may have been quicker.
            self.work.db.refresh(known)
        return known is None or known.state == "withdrawn"

    def _refuse(
        self, found: Assessment, request: AccessRequest, known: SubmittedRequest | None
    ) -> Outcome:
        """What an assessment that grants nothing brings; a process that goes on gets a ticket."""
        if isinstance(found, model.NeedInfo):
            return self._need_info(found.required_claims)
        if isinstance(found, model.RequestSubmitted) and request.party is not None:
            if _is_closed(known):
                # The owner's answer stands: asking again needs another ask_id.
                return self._deny(request.party, Reason("answered"), known)
            waiting = submitted_request.submit(
                self.work, self.spent, self.client.client_id, request, self.appeal, known
            )
            if waiting is not None:
                return self._poll(waiting)
            return self._deny(request.party, Reason("too_many"))
        reason = found.reason if isinstance(found, model.RequestDenied) else None
        return self._deny(request.party, reason or Reason("default_deny"), known)

    def _need_info(self, names: tuple[str, ...]) -> NeedInfo:
        return NeedInfo(
            # A process that polls stays one: the wait is not lost with a stale claim token.
            ticket=ticket.succeed(
                self.work.connection,
                self.spent,
                self.client.client_id,
                self.work.now,
                request=self.spent.request,
            ),
            required_claims=claims.required_claims(names, self.server.settings.issuer),
        )

    def _poll(self, waiting: SubmittedRequest) -> RequestSubmitted:
        successor = ticket.succeed(
            self.work.connection,
            self.spent,
            self.client.client_id,
            self.work.now,
            request=waiting.id,
        )
        return RequestSubmitted(successor, self.server.settings.polling_interval)

    def _deny(
        self, party: Party | None, reason: Reason, known: SubmittedRequest | None = None
    ) -> RequestDenied:
        if party is not None:
            # Who comes back for the answer has not tried anything.
            event = "told" if _is_closed(known) and not _is_try(known) else "denied"
            self._record(event, party, reason.policy, sentence(reason))
        # The client learns no more than that: not which rule, nor whether there is one. What the
        # owner answered to this very request is the party's to know.
        return RequestDenied(self._told(known))

    def _record(self, event: str, party: Party, policy_id: str | None, because: str) -> None:
        audit.record(
            self.work,
            event,
            self.spent.owner,
            party=party.key,
            client_id=self.client.client_id,
            rs_client_id=self.spent.rs_client_id,
            policy=policy_id,
            purpose=self.appeal.purpose,
            reason=self.appeal.reason,
            because=because or SENTENCES["permit"],
        )

    def _told(self, known: SubmittedRequest | None) -> dict[str, Any]:
        return request_outcome.told(self.work.db, known, self.work.now)

    def _came_of(self, known: SubmittedRequest | None) -> dict[str, Any]:
        """What a success answer says of the request; of a try nothing, for nobody asked."""
        if known is None or not known.is_a_try:
            return self._told(known)
        if known.state == "waiting":
            # What was tried works now: the owner shared of her own accord, and owes no answer.
            known.state = "withdrawn"
        return {}


def _is_closed(known: SubmittedRequest | None) -> bool:
    return known is not None and known.state != "waiting"


def _is_try(known: SubmittedRequest | None) -> bool:
    return known is not None and known.is_a_try


def _policy_of(reasons: Sequence[Reason]) -> str | None:
    return next((reason.policy for reason in reasons if reason.code == "permit"), None)
