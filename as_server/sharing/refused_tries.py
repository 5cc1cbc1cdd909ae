"""A key that was good once, shown after the owner took it back: she can see that it was refused.

The resource server learns nothing of it (its answer stays `{"active": false}`, RFC 7662 2.2).
"""

from sqlalchemy import select

from as_server.context import now
from as_server.db import session
from as_server.models import audit as entries
from as_server.models.rpt_grant import RptGrant
from as_server.models.token import Token
from as_server.sharing import audit

EVENT = "turned_away"
ONCE_IN = 60
"""Seconds in which one party's tries at one resource server are one line (DOS: a dead key is
free to send)."""
TOKEN, GRANT = Token.__table__.c, RptGrant.__table__.c  # type: ignore[attr-defined]
ENTRY = entries.COLUMNS


def note(digest: str, caller: str, owner: str) -> None:
    """Write it down if the digest is of an RPT of this owner for the calling resource server.

    A key that merely ran out is not told of: nobody refused it.
    """
    query = (
        select(TOKEN.account_key, TOKEN.client_id)
        .join(GRANT.id.table, GRANT.id == TOKEN.rpt_grant)
        .where(
            TOKEN.hash == digest,
            TOKEN.kind == "rpt",
            TOKEN.expires_at > now(),
            GRANT.owner == owner,
            GRANT.rs_client_id == caller,
        )
    )
    row = session().execute(query).first()
    if row is None or _is_told(owner, row.account_key, caller):
        return
    audit.record(EVENT, owner, party=row.account_key, client_id=row.client_id, rs_client_id=caller)


def _is_told(owner: str, party: str, caller: str) -> bool:
    recent = select(ENTRY.seq).where(
        ENTRY.owner == owner,
        ENTRY.event == EVENT,
        ENTRY.party == party,
        ENTRY.rs_client_id == caller,
        ENTRY.at > now() - ONCE_IN,
    )
    return session().execute(recent.limit(1)).first() is not None
