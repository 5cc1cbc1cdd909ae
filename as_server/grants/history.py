"""The line in the owner's history that a permission ticket leaves, whatever it brought."""

from as_server.grants.presented_ticket import TicketRequest
from as_server.policy.explain import SENTENCES
from as_server.policy.model import Party
from as_server.sharing import audit


def record(
    request: TicketRequest, event: str, party: Party, policy_id: str | None, because: str
) -> None:
    """Who asked through which client at which server, what came of it, and why."""
    audit.record(
        request.work,
        event,
        request.spent.owner,
        party=party.key,
        client_id=request.client.client_id,
        rs_client_id=request.spent.rs_client_id,
        policy=policy_id,
        purpose=request.appeal.purpose,
        reason=request.appeal.reason,
        because=because or SENTENCES["permit"],
    )
