"""Issuing a grant: one row for equal ones, and only so many for one holder (Grant 3.3.5)."""

import hashlib
import json
import secrets
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import ColumnElement, Connection, bindparam, func, select, update

from as_server.db import in_turn, insert_or_prolong
from as_server.models.rpt_grant import COLUMNS, GRANT, RptGrant, print_entries
from as_server.policy.model import Entry
from heart_ground.statement import Statement

MOST = 32
"""Grants that one party holds at one resource server through one client, from one owner. What a
requester varies makes new ones, and a stop has to walk them all."""


def _live_of(columns: Any) -> tuple[ColumnElement[bool], ...]:
    """What has not ended of one 5-tuple, whose members are bound under these names."""
    return (
        columns.owner == bindparam("of_owner"),
        columns.party == bindparam("of_party"),
        columns.client_id == bindparam("through_client"),
        columns.rs_client_id == bindparam("at_server"),
        columns.ended_at.is_(None),
    )


def to_issue(
    *,
    owner: str,
    party: str,
    client_id: str,
    rs_client_id: str,
    entries: Iterable[Entry],
    purpose: str | None,
    now: int,
    expires_at: int,
) -> dict[str, Any]:
    """The row of a new grant, to be issued unless there is one that says exactly this."""
    text = print_entries(entries)
    said = [owner, party, client_id, rs_client_id, text, purpose]
    fingerprint = hashlib.sha256(json.dumps(said).encode()).hexdigest()
    return {
        "id": secrets.token_urlsafe(16),
        "fingerprint": fingerprint,
        "owner": owner,
        "party": party,
        "client_id": client_id,
        "rs_client_id": rs_client_id,
        "entries": text,
        "purpose": purpose,
        "created_at": now,
        "expires_at": expires_at,
    }


def issue(connection: Connection, row: Mapping[str, Any]) -> str:
    """The id of the grant that says exactly this, new or shared.

    A new one beyond `MOST` of the same parties ends the oldest. No owner took that away: her
    rules still give it, so no epoch rises, and the client can ask again.
    """
    these = {
        "of_owner": row["owner"],
        "of_party": row["party"],
        "through_client": row["client_id"],
        "at_server": row["rs_client_id"],
    }
    found = str(_ISSUE.first(connection, **row, **these).id)
    if found == row["id"]:
        # Two that are new at one moment count each other: the later one waits for the earlier.
        in_turn(connection, " ".join(these.values()))
        _END_OLDEST.run(connection, **these, moment=row["created_at"])
    return found


def _issue(dialect: str) -> Any:
    turns = GRANT.alias("turns").c
    last = select(func.max(turns.turn)).where(*_live_of(turns))
    turn = func.coalesce(last.scalar_subquery(), 0) + 1
    return insert_or_prolong(RptGrant, ("owner", "fingerprint"), "expires_at", dialect, turn=turn)


_ISSUE = Statement(
    _issue,
    columns=[column.name for column in COLUMNS if column.name not in ("turn", "ended_at")],
)
_BEYOND = select(COLUMNS.id).where(*_live_of(COLUMNS)).order_by(COLUMNS.turn.desc()).offset(MOST)
_END_OLDEST = Statement(
    update(GRANT)
    .where(COLUMNS.owner == bindparam("of_owner"), COLUMNS.id.in_(_BEYOND))
    .values(ended_at=bindparam("moment"), fingerprint=None)
)
