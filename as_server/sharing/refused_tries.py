"""A key that was good once, shown after the owner took it back: she can see that it was refused.

The resource server learns nothing of it (its answer stays `{"active": false}`, RFC 7662 2.2).
"""

from sqlalchemy import select

from as_server.models import audit as entries
from as_server.models.rpt_grant import RptGrant
from as_server.models.token import Token
from as_server.sharing import audit
from as_server.work import Work

EVENT = "turned_away"
ONCE_IN = 60
"""Seconds in which one party's tries at one resource server are one line: a dead key is
free to send."""
TOKEN, GRANT = Token.__table__.c, RptGrant.__table__.c  # type: ignore[attr-defined]
ENTRY = entries.COLUMNS


def note(work: Work, digest: str, caller: str, owner: str) -> None:
    """Write it down if the digest is of an RPT of this owner for the calling resource server.

    A key that merely ran out is not told of: nobody refused it.
    """
    query = (
        select(TOKEN.account_key, TOKEN.client_id)
        .join(GRANT.id.table, (GRANT.owner == TOKEN.owner) & (GRANT.id == TOKEN.rpt_grant))
        .where(
            TOKEN.owner == owner,
            TOKEN.hash == digest,
            TOKEN.kind == "rpt",
            TOKEN.expires_at > work.now,
            GRANT.owner == owner,
            GRANT.rs_client_id == caller,
        )
    )
    row = work.db.execute(query).first()
    if row is None or _is_told(work, owner, row.account_key, caller):
        return
    audit.record(
        work, EVENT, owner, party=row.account_key, client_id=row.client_id, rs_client_id=caller
    )


def _is_told(work: Work, owner: str, party: str, caller: str) -> bool:
    recent = select(ENTRY.seq).where(
        ENTRY.owner == owner,
        ENTRY.event == EVENT,
        ENTRY.party == party,
        ENTRY.rs_client_id == caller,
        ENTRY.at > work.now - ONCE_IN,
    )
    return work.db.execute(recent.limit(1)).first() is not None
