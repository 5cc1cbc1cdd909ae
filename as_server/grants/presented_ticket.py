"""The permission ticket of a token request, and what is found out about it (Grant 3.3.1)."""

from dataclasses import dataclass, field

from as_server.grants.rpt_upgrade import presented_rpt
from as_server.grants.token_request import TokenRequest
from as_server.models import requested_resource, ticket, whose
from as_server.models.client import UMA_TICKET, Client
from as_server.models.spent_ticket import SpentTicket
from as_server.models.token import Token
from as_server.policy.model import AccessRequest, Party, RequestedResource
from as_server.sharing import appeal as appeals
from as_server.sharing.appeal import Appeal
from as_server.sharing.ending import end_family
from as_server.sharing.withdrawal import supports_limits

MAX_SCOPES = 200
MAX_TICKET = 512


@dataclass(slots=True)
class TicketRequest(TokenRequest):
    """A ticket that is to be traded for an RPT.

    `old` is the RPT to upgrade, `resources_asked` what the ticket stands for, `named` the scopes
    that the client asks for beside (RequestedScopes, Grant 3.3.4).
    """

    appeal: Appeal = field(init=False)
    spent: SpentTicket = field(init=False)
    old: Token | None = field(init=False)
    resources_asked: tuple[RequestedResource, ...] = field(init=False)
    named: frozenset[str] = field(init=False)

    def may_use_the_grant(self) -> bool:
        return self.client.check_grant_type(UMA_TICKET)

    def sends_a_ticket(self) -> bool:
        return "ticket" in self.form

    def claim_token_has_its_format(self) -> bool:
        return ("claim_token" in self.form) == ("claim_token_format" in self.form)

    def read_appeal(self) -> None:
        """What the party says of itself; raises `InvalidRequest`."""
        self.appeal = appeals.read_appeal(self.form, self.work.now)

    def ticket_is_spent_by_this(self) -> bool:
        """False for one that is not this client's to use now.

        What a ticket gave to this client ends when the client presents it again (Grant 5.5): one
        of the two is not its own doing. A ticket in anybody else's hand changes nothing.
        """
        work, value, client_id = self.work, self.form["ticket"], self.client.client_id
        if len(value) > MAX_TICKET:
            return False
        owner = whose.owner_of(work.connection, self.issuer.seals, value)
        spent = ticket.spend(work.connection, owner, value, client_id, work.now)
        if spent is None:
            end_family(work, owner, ticket.family_of(value), client_id)
            return False
        self.spent = spent
        self.appeal = self.appeal.with_told(spent.claims)
        return True

    def find_rpt(self) -> None:
        """The RPT to upgrade; raises `InvalidGrant`."""
        self.old = presented_rpt(self.work, self.issuer.seals, self.form.get("rpt"), self.client)

    def names_few_scopes(self) -> bool:
        self.named = frozenset(self.form.get("scope", "").split())
        return len(self.named) <= MAX_SCOPES

    def scopes_are_available(self) -> bool:
        """Each on some resource of the ticket (Grant 3.3.6)."""
        spent = self.spent
        self.resources_asked = requested_resource.requested(
            self.work.connection, spent.owner, spent.rs_client_id, spent.permissions
        )
        available = frozenset[str]().union(*(r.registered for r in self.resources_asked))
        return self.named <= available

    def access(
        self,
        resources: tuple[RequestedResource, ...],
        party: Party | None,
        server: Client,
        *,
        asking: bool,
    ) -> AccessRequest:
        """What is asked for, as an assessment sees it."""
        return AccessRequest(
            resources=resources,
            party=party,
            # Grant 3.3.4: a scope counts only if the client is registered for it.
            requested_scopes=self.named & self.client.scopes,
            named_scopes=self.named,
            purpose=self.appeal.purpose,
            asking=asking,
            limits_supported=supports_limits(server),
        )
