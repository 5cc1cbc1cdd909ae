"""Taking away for good, in the transaction of the change that does it (Grant 6.1, DESIGN 2).

Each function raises the owner's epoch, notes the event for every resource server of the owner, and
cuts every live grant down to what today's policies still give. A refresh never assesses (Grant
3.6), so this is where a withdrawn permission dies. A pause is ignored here: it only suspends.
"""

from flask import g
from sqlalchemy import update
from sqlalchemy.orm import Session

from as_server.claims import party_of
from as_server.context import current_as, now
from as_server.db import session
from as_server.models import account as accounts
from as_server.models import client as clients
from as_server.models import outbox, policies_in_force, requested_resource, resource, rpt_grant
from as_server.models.account import Account
from as_server.models.client import Client
from as_server.models.rpt_grant import RptGrant
from as_server.models.token import Token
from as_server.policy.assessment import assess
from as_server.policy.model import AccessRequest, Entry, Granted, SharingPolicy
from as_server.policy.narrowing import intersect

UNTOLD = "heart_untold_owners"
"""In `g`: the owners of this request whose resource servers have yet to be told."""


def narrowed(owner: str, *, also_tell: tuple[str, ...] = ()) -> int:
    """Something changed that can narrow access to this owner's records; returns the new epoch.

    `also_tell` names resource servers whose last registration the change removed.
    """
    db = session()
    db.flush()
    epoch = accounts.raise_epoch(db, owner)
    servers = sorted({*resource.servers_of(db, owner), *also_tell})
    outbox.queue(db, owner, servers, epoch, now())
    g.setdefault(UNTOLD, set()).add(owner)
    _subtract(db, owner)
    return epoch


def client_disabled(client_id: str) -> list[str]:
    """A client or RS may act no more: its tokens end now. Returns the owners concerned."""
    db = session()
    clients_table = Client.__table__.c
    off = {"disabled": True, "disabled_by_operator": True}
    db.execute(update(Client).where(clients_table.client_id == client_id).values(**off))
    _end_tokens(db, client_id=client_id)
    reached = rpt_grant.owners_reached_by(db, now(), client_id=client_id)
    return _end_grants(db, sorted({*reached, *resource.owners_at(db, client_id)}))


def account_disabled(key: str) -> list[str]:
    """A person may act no more, as party or owner (POL-11). Returns the owners concerned."""
    db = session()
    accounts_table = Account.__table__.c  # type: ignore[attr-defined]
    db.execute(update(Account).where(accounts_table.key == key).values(disabled=True))
    _end_tokens(db, account_key=key)
    reached = rpt_grant.owners_reached_by(db, now(), party=key)
    return _end_grants(db, sorted({*reached, key}))


def _subtract(db: Session, owner: str) -> None:
    grants = rpt_grant.live_of_owner(db, owner, now())
    if not grants:
        return
    policies = policies_in_force.in_force(db, owner)
    for grant in grants:
        issued = grant.issued
        left = intersect(issued, still_given(db, grant, policies, ignore_pause=True))
        if left != issued:
            rpt_grant.shrink(db, grant, left, now())


def still_given(
    db: Session, grant: RptGrant, policies: list[SharingPolicy], *, ignore_pause: bool
) -> tuple[Entry, ...]:
    """What today's policies give to the party of a grant on what it was issued for; nothing where
    its owner, its party, its client or its resource server is disabled."""
    owner, account = accounts.by_key(db, grant.owner), accounts.by_key(db, grant.party)
    client = clients.by_id(db, grant.client_id)
    server = clients.by_id(db, grant.rs_client_id)
    if owner is None or account is None or client is None or server is None:
        return ()
    asked: dict[str, set[str]] = {}
    for entry in grant.issued:
        asked.setdefault(entry.resource_id, set()).update(entry.scopes)
    request = AccessRequest(
        resources=requested_resource.requested(db, grant.owner, grant.rs_client_id, asked),
        party=party_of(account),
        purpose=grant.purpose,
        limits_supported=supports_limits(server),
    )
    found = assess(request, policies, current_as.clock(), ignore_pause=ignore_pause)
    return found.entries if isinstance(found, Granted) else ()


def supports_limits(server: Client) -> bool:
    """True when the RS declared that it enforces `heart_uma_limits`."""
    return requested_resource.limits_declared(server.registration)


def _end_tokens(db: Session, *, client_id: str = "", account_key: str = "") -> None:
    columns = Token.__table__.c  # type: ignore[attr-defined]
    whose = columns.client_id == client_id if client_id else columns.account_key == account_key
    db.execute(update(Token).where(whose, columns.revoked_at.is_(None)).values(revoked_at=now()))


def _end_grants(db: Session, owners: list[str]) -> list[str]:
    # Disabled rows must be read as disabled by what follows.
    db.expire_all()
    for owner in owners:
        narrowed(owner)
    return owners
