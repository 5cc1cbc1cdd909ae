"""The live grants of an owner with all that says what they are worth today, and cutting them.

Two statements, however many there are (Core).
"""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, bindparam, select, update

from as_server.models import party
from as_server.models.account import Account
from as_server.models.client import Client
from as_server.models.requested_resource import limits_declared
from as_server.models.rpt_grant import COLUMNS as GRANT
from as_server.models.rpt_grant import GRANT as TABLE
from as_server.models.rpt_grant import parse_entries, print_entries
from as_server.policy.model import Entry

OWNER = Account.__table__.alias("owner").c  # type: ignore[attr-defined]
PARTY = Account.__table__.alias("party").c  # type: ignore[attr-defined]
APP = Client.__table__.alias("app").c  # type: ignore[attr-defined]
SERVER = Client.__table__.alias("server").c  # type: ignore[attr-defined]
_HELD = (
    select(
        GRANT.id, GRANT.entries, GRANT.purpose, GRANT.rs_client_id,
        *(PARTY[name] for name in party.MEMBERS),
        OWNER.disabled.label("no_owner"), PARTY.disabled.label("no_party"),
        APP.disabled.label("no_app"),
        SERVER.disabled.label("no_server"), SERVER.registration,
    )
    .outerjoin(OWNER.key.table, OWNER.key == GRANT.owner)
    .outerjoin(PARTY.key.table, PARTY.key == GRANT.party)
    .outerjoin(APP.client_id.table, APP.client_id == GRANT.client_id)
    .outerjoin(SERVER.client_id.table, SERVER.client_id == GRANT.rs_client_id)
    .where(
        GRANT.owner == bindparam("of_owner"),
        GRANT.ended_at.is_(None),
        GRANT.expires_at > bindparam("moment"),
    )
)  # fmt: skip


class HeldGrant(NamedTuple):
    """A grant and its holder, an account; None when owner, holder, app or RS may act no more."""

    id: str
    rs_client_id: str
    issued: tuple[Entry, ...]
    purpose: str | None
    holder: Row[Any] | None
    limits_supported: bool


def of_owner(connection: Connection, owner: str, now: int) -> list[HeldGrant]:
    """Every grant of an owner that an RPT or refresh token can still point to."""
    rows: Iterable[Row[Any]] = connection.execute(_HELD, {"of_owner": owner, "moment": now})
    return [
        HeldGrant(
            id=row.id,
            rs_client_id=row.rs_client_id,
            issued=parse_entries(row.entries),
            purpose=row.purpose,
            holder=row if _all_act(row) else None,
            limits_supported=row.registration is not None and limits_declared(row.registration),
        )
        for row in rows
    ]


def _all_act(row: Row[Any]) -> bool:
    # Absent is as little use as disabled: neither is False.
    return [row.no_owner, row.no_party, row.no_app, row.no_server] == [False] * 4


# What is left is not what was asked for any more: a new issue starts a row of its own.
_SHRINK = (
    update(TABLE)
    .where(GRANT.owner == bindparam("of_owner"), GRANT.id == bindparam("wanted"))
    .values(entries=bindparam("kept"), fingerprint=None, ended_at=bindparam("moment"))
)


def shrink(
    connection: Connection, owner: str, left: Mapping[str, tuple[Entry, ...]], now: int
) -> None:
    """Take entries away for good: what is left, by the id of its grant; one statement for all.

    A grant with nothing left ends, and its tokens with it (Grant 6.1).
    """
    if left:
        connection.execute(
            _SHRINK,
            [
                {
                    "of_owner": owner,
                    "wanted": grant_id,
                    "kept": print_entries(entries),
                    "moment": None if entries else now,
                }
                for grant_id, entries in left.items()
            ],
        )
