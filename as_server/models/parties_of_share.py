"""The parties of a share as they are now: owner, requesting party, client and resource server.

A decision that was made before the turn to write had come stands if this row is what it was: the
epoch rises with whatever narrows what the owner shares, and each of the four may act no more.
"""

from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, bindparam, select

from as_server.models import party
from as_server.models.account import Account
from as_server.models.client import COLUMNS as CLIENT
from as_server.models.client import Client
from as_server.models.owner_epoch import COLUMNS as EPOCH
from heart_ground.statement import Statement

OWNER = Account.__table__.alias("owner").c  # type: ignore[attr-defined]
PARTY = Account.__table__.alias("party").c  # type: ignore[attr-defined]
APP = Client.__table__.alias("app").c  # type: ignore[attr-defined]
SERVER = Client.__table__.alias("server").c  # type: ignore[attr-defined]
_MEMBERS = tuple(column.name for column in CLIENT if column.name != "used_at")
"""What is known of a client, but for when it was first used: that changes nothing."""
_WIDTH = len(_MEMBERS)
_NOW = Statement(
    select(
        *(APP[name].label(f"app_{name}") for name in _MEMBERS),
        *(SERVER[name].label(f"server_{name}") for name in _MEMBERS),
        *(PARTY[name].label(f"party_{name}") for name in party.MEMBERS),
        EPOCH.epoch,
    ).where(
        EPOCH.owner == bindparam("of_owner"),
        OWNER.key == bindparam("of_owner"),
        PARTY.key == bindparam("of_party"),
        APP.client_id == bindparam("through_client"),
        SERVER.client_id == bindparam("at_server"),
        OWNER.disabled.is_(False),
        PARTY.disabled.is_(False),
        APP.disabled.is_(False),
        SERVER.disabled.is_(False),
    )
)


def now(
    connection: Connection, owner: str, party_key: str, client_id: str, server_id: str
) -> tuple[Any, ...] | None:
    """Everything that is known of the four; None unless each of them may act."""
    row = _NOW.first(
        connection,
        of_owner=owner,
        of_party=party_key,
        through_client=client_id,
        at_server=server_id,
    )
    return None if row is None else tuple(row)


def is_client(row: tuple[Any, ...], client: Client) -> bool:
    """True while the client is registered as it was when `client` was read."""
    return row[:_WIDTH] == tuple(getattr(client, name) for name in _MEMBERS)


def server_of(row: tuple[Any, ...]) -> Client:
    """The resource server, to look at."""
    return _server(row[_WIDTH : 2 * _WIDTH])


@lru_cache(maxsize=256)
def _server(values: tuple[Any, ...]) -> Client:
    return Client(**dict(zip(_MEMBERS, values, strict=True)))
