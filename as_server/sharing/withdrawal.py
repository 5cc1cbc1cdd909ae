"""Taking away for good, in the transaction of the change that does it (Grant 6.1).

Each function raises the owner's epoch, notes the event for every resource server of the owner, and
cuts every live grant down to what today's policies still give. A refresh never assesses (Grant
3.6), so this is where a withdrawn permission dies. A pause is ignored here: it only suspends.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, update

from as_server.models import client as clients
from as_server.models import (
    held_grant,
    outbox,
    owner_epoch,
    persisted_claims,
    policies_in_force,
    requested_resource,
    resource,
    rpt_grant,
)
from as_server.models.account import Account
from as_server.models.client import Client
from as_server.models.held_grant import HeldGrant
from as_server.models.party import party_of
from as_server.models.token import Token
from as_server.policy.model import Entry, SharingPolicy
from as_server.policy.narrowing import scopes_of
from as_server.policy.standing import still_given
from as_server.work import Work
from heart_ground import moments


def narrowed(work: Work, owner: str, *, also_tell: tuple[str, ...] = ()) -> int:
    """Something changed that can narrow access to this owner's records; returns the new epoch.

    `also_tell` names resource servers whose last registration the change removed.
    """
    db = work.db
    db.flush()
    epoch = owner_epoch.raised(db, owner)
    servers = sorted({*resource.servers_of(db, owner), *also_tell})
    # Her row is ours from here on: whoever issued before that may have had to be waited for, and
    # what he issued is as old as this at least.
    outbox.queue(db, owner, servers, epoch, moments.seconds(work.later()))
    work.untold.add(owner)
    _subtract(db.connection(), owner, work.at)
    return epoch


def client_disabled(work: Work, client_id: str) -> list[str]:
    """A client or RS may act no more: its tokens end now. Returns the owners concerned."""
    db = work.db
    off = {"disabled": True, "disabled_by_operator": True}
    db.execute(update(Client).where(clients.COLUMNS.client_id == client_id).values(**off))
    _end_tokens(work, client_id=client_id)
    persisted_claims.forget_client(db, client_id)
    reached = rpt_grant.owners_reached_by(db, work.now, client_id=client_id)
    return _end_grants(work, sorted({*reached, *resource.owners_at(db, client_id)}))


def account_disabled(work: Work, key: str) -> list[str]:
    """A person may act no more, as party or owner. Returns the owners concerned."""
    db = work.db
    accounts_table = Account.__table__.c  # type: ignore[attr-defined]
    db.execute(update(Account).where(accounts_table.key == key).values(disabled=True))
    _end_tokens(work, account_key=key)
    persisted_claims.forget(db, key)
    reached = rpt_grant.owners_reached_by(db, work.now, party=key)
    return _end_grants(work, sorted({*reached, key}))


def _subtract(connection: Connection, owner: str, at: datetime) -> None:
    """Cut what is held, in as many statements for one grant as for a thousand."""
    now = int(at.timestamp())
    held = held_grant.of_owner(connection, owner, now)
    if not held:
        return
    policies = policies_in_force.in_force(connection, owner)
    registered = {
        server: requested_resource.slices(
            connection, owner, server, {e.resource_id for g in grants for e in g.issued}
        )
        for server, grants in _by_server(held).items()
    }
    left = {
        grant.id: kept
        for grant in held
        if (kept := _left(grant, registered[grant.rs_client_id], policies, at)) != grant.issued
    }
    held_grant.shrink(connection, owner, left, now)


def _by_server(held: Iterable[HeldGrant]) -> dict[str, list[HeldGrant]]:
    found: dict[str, list[HeldGrant]] = {}
    for grant in held:
        found.setdefault(grant.rs_client_id, []).append(grant)
    return found


def _left(
    grant: HeldGrant,
    registered: Iterable[Row[Any]],
    policies: Sequence[SharingPolicy],
    at: datetime,
) -> tuple[Entry, ...]:
    """What today's policies leave of a grant; nothing where its owner, its party, its client or
    its resource server is disabled. A pause takes nothing away for good."""
    if grant.holder is None:
        return ()
    return still_given(
        grant.issued,
        requested_resource.as_asked(registered, scopes_of(grant.issued)),
        party_of(grant.holder),
        grant.purpose,
        policies,
        at,
        limits_supported=grant.limits_supported,
        ignore_pause=True,
    )


def supports_limits(server: Client) -> bool:
    """True when the RS declared that it enforces `heart_uma_limits`."""
    return requested_resource.limits_declared(server.registration)


def _end_tokens(work: Work, *, client_id: str = "", account_key: str = "") -> None:
    """All but RPTs and theirs, which end with their grants."""
    columns = Token.__table__.c  # type: ignore[attr-defined]
    whose = columns.client_id == client_id if client_id else columns.account_key == account_key
    live = (columns.rpt_grant.is_(None), columns.revoked_at.is_(None))
    work.db.execute(update(Token).where(whose, *live).values(revoked_at=work.now))


def _end_grants(work: Work, owners: list[str]) -> list[str]:
    # Disabled rows must be read as disabled by what follows.
    work.db.expire_all()
    for owner in owners:
        narrowed(work, owner)
    return owners
