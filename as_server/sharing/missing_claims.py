"""What the owner's rules still need of a person who is at this server's page (Grant 3.3.6)."""

from typing import NamedTuple

from as_server.models import account as accounts
from as_server.models import client as clients
from as_server.models import policies_in_force, requested_resource
from as_server.models.account import Account
from as_server.models.party import party_of
from as_server.models.spent_ticket import SpentTicket
from as_server.policy.assessment import SAID_PURPOSE, assess
from as_server.policy.model import AccessRequest, Granted, NeedInfo
from as_server.sharing.withdrawal import supports_limits
from as_server.work import Work


class Missing(NamedTuple):
    """`purpose`: she has to say why. `owner`: whose records, in short; empty for who is not let
    in: a stranger learns no name here."""

    purpose: bool = False
    owner: str = ""


def missing(work: Work, asked: SpentTicket, person: Account) -> Missing:
    """Of what this person can say herself; what she cannot, no page can ask of her."""
    connection, party = work.connection, party_of(person)
    server = clients.by_id(connection, asked.rs_client_id)
    owner = accounts.by_key(work.db, asked.owner)
    if server is None or owner is None:
        return Missing()
    resources = requested_resource.requested(
        connection, asked.owner, asked.rs_client_id, asked.permissions
    )
    request = AccessRequest(resources, party, limits_supported=supports_limits(server))
    policies = policies_in_force.concerning(connection, asked.owner, party)
    found = assess(request, policies, work.at)
    purpose = isinstance(found, NeedInfo) and SAID_PURPOSE in found.required_claims
    named = purpose or isinstance(found, Granted)
    return Missing(purpose, in_short(owner.name) if named else "")


def in_short(name: str) -> str:
    """A name that tells who is meant to who knows her.

    >>> in_short("Alice Moreno"), in_short("Cher")
    ('Alice M.', 'Cher')
    """
    first, _, last = name.strip().rpartition(" ")
    return f"{first.split()[0]} {last[0]}." if first else last
