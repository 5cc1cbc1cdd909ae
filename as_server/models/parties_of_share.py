"""The parties of a share as they are now: owner, requesting party, client and resource server.

A decision that was made before the turn to write had come stands if this row is what it was: the
epoch rises with whatever narrows what the owner shares, and each of the four may act no more.
"""

from typing import Any

from sqlalchemy import Connection, bindparam, select

from as_server.models import party
from as_server.models.account import Account
from as_server.models.client import COLUMNS as CLIENT
from as_server.models.client import Client, described
from heart_ground.statement import Statement

OWNER = Account.__table__.alias("owner").c  # type: ignore[attr-defined]
PARTY = Account.__table__.alias("party").c  # type: ignore[attr-defined]
APP = Client.__table__.alias("app").c  # type: ignore[attr-defined]
SERVER = Client.__table__.alias("server").c  # type: ignore[attr-defined]
_WIDTH = len(CLIENT)
_NOW = Statement(
    select(
        *(column.label(f"app_{column.name}") for column in APP),
        *(column.label(f"server_{column.name}") for column in SERVER),
        *(PARTY[name].label(f"party_{name}") for name in party.MEMBERS),
        OWNER.epoch,
    ).where(
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


def client_of(row: tuple[Any, ...]) -> Client:
    return described(row[:_WIDTH])


def server_of(row: tuple[Any, ...]) -> Client:
    return described(row[_WIDTH : 2 * _WIDTH])
