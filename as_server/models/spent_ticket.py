"""What a permission ticket stands for, once it has been presented (Grant 3.3.1)."""

from collections.abc import Mapping
from dataclasses import dataclass

from as_server.models.gathered_claims import GatheredClaims


@dataclass(frozen=True, slots=True)
class SpentTicket:
    """What a spent ticket stood for; `permissions` is TicketScopes(r) by resource id.

    `family` ties what it gives: from the ticket's own value, so that whoever presents it again
    names what it gave.
    """

    family: str
    process: str
    owner: str
    rs_client_id: str
    permissions: Mapping[str, list[str]]
    request: str | None
    claims: GatheredClaims | None = None
