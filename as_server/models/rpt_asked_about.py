"""What is known of an RPT and of who asks, read as one row (FedAuthz 5): token and grant, the four
who have to be able to act, the owner's epoch, and the state of what she shares."""

from typing import Any

from sqlalchemy import Connection, bindparam, select

from as_server.models import party, sharing_state
from as_server.models.account import Account
from as_server.models.client import Client
from as_server.models.owner_epoch import COLUMNS as EPOCH
from as_server.models.rpt_grant import COLUMNS as GRANT
from as_server.models.token import COLUMNS as TOKEN
from as_server.models.token import TOKEN as TABLE
from heart_ground.statement import Statement

PAT = TABLE.alias("pat").c
STATE = sharing_state.COLUMNS
OWNER = Account.__table__.alias("owner").c  # type: ignore[attr-defined]
PARTY = Account.__table__.alias("party").c  # type: ignore[attr-defined]
APP = Client.__table__.alias("app").c  # type: ignore[attr-defined]
SERVER = Client.__table__.alias("server").c  # type: ignore[attr-defined]
_RPT = (
    select(
        TOKEN.jti, TOKEN.issued_at, TOKEN.expires_at, TOKEN.audience, TOKEN.reason,
        GRANT.entries, GRANT.purpose,
        EPOCH.epoch, STATE.generation,
        *(PARTY[name] for name in party.MEMBERS),
        APP.client_id, APP.name.label("app_name"),
        SERVER.client_id.label("server_id"), SERVER.rs_base, SERVER.registration,
    )
    .join(GRANT.id.table, (GRANT.owner == TOKEN.owner) & (GRANT.id == TOKEN.rpt_grant))
    .join(EPOCH.owner.table, EPOCH.owner == GRANT.owner)
    .join(STATE.owner.table, STATE.owner == GRANT.owner)
    .join(OWNER.key.table, OWNER.key == GRANT.owner)
    .join(PARTY.key.table, PARTY.key == TOKEN.account_key)
    .join(APP.client_id.table, APP.client_id == TOKEN.client_id)
    .join(SERVER.client_id.table, SERVER.client_id == GRANT.rs_client_id)
    .where(
        TOKEN.owner == bindparam("of_owner"), EPOCH.owner == bindparam("of_owner"),
        TOKEN.hash == bindparam("presented"), TOKEN.expires_at > bindparam("moment"),
        GRANT.owner == bindparam("of_owner"), STATE.owner == bindparam("of_owner"),
        TOKEN.kind == "rpt", TOKEN.revoked_at.is_(None), GRANT.ended_at.is_(None),
        OWNER.disabled.is_(False), PARTY.disabled.is_(False),
        APP.disabled.is_(False), SERVER.disabled.is_(False),
    )
)  # fmt: skip
_FOR_SERVER = Statement(_RPT.where(SERVER.client_id == bindparam("at_server")))
_FOR_PAT = Statement(
    _RPT.add_columns(PAT.scope.label("pat_scope"), PAT.audience.label("pat_audience"))
    .join(PAT.hash.table, (PAT.owner == TOKEN.owner) & (PAT.client_id == SERVER.client_id))
    .where(
        PAT.owner == bindparam("of_owner"), PAT.hash == bindparam("shown"),
        PAT.kind == "access", PAT.revoked_at.is_(None), PAT.expires_at > bindparam("moment"),
        PAT.account_key == bindparam("of_owner"),
    )
)  # fmt: skip


def for_server(connection: Connection, owner: str, digest: str, server: str, now: int) -> Any:
    """The row of a live RPT for this resource server, of whoever it is a party; None else."""
    return _fitting(
        _FOR_SERVER.first(
            connection, of_owner=owner, presented=digest, at_server=server, moment=now
        )
    )


def for_pat(connection: Connection, owner: str, digest: str, pat_digest: str, now: int) -> Any:
    """The same for the resource server that shows this access token of the owner's; `pat_scope` and
    `pat_audience` are what it is good for."""
    return _fitting(
        _FOR_PAT.first(connection, of_owner=owner, presented=digest, shown=pat_digest, moment=now)
    )


def _fitting(row: Any) -> Any:
    """The base of the resource server, or its id, has to be an audience, whole."""
    if row is None or not {row.rs_base, row.server_id} & set(row.audience.split()):
        return None
    return row
