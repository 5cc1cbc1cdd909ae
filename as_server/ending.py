"""Ending tokens before their time: by their client, or because a copy is about (RFC 7009, TOK-17).

An RPT that ends narrows what somebody can see, so the owner's epoch rises with it, and her resource
servers forget what they cached.
"""

from sqlalchemy import select

from as_server import withdrawal
from as_server.context import now
from as_server.db import session
from as_server.models import token as tokens
from as_server.models.rpt_grant import RptGrant
from as_server.models.token import Token


def end_token(row: Token) -> list[str]:
    """End one token, or, if it is a refresh token, all of its family.

    Returns the owners whose epoch rose: push to their resource servers after the commit.
    """
    if row.kind == "refresh":
        return end_family(row.family)
    tokens.revoke_one(session(), row.hash, now())
    return _tell({row.rpt_grant})


def end_family(family: str) -> list[str]:
    """End every token of one consent or one RPT issue; returns the owners concerned."""
    columns = Token.__table__.c  # type: ignore[attr-defined]
    query = select(columns.rpt_grant).where(columns.family == family)
    grants = set(session().scalars(query))
    tokens.revoke_family(session(), family, now())
    return _tell(grants)


def _tell(grants: set[str | None]) -> list[str]:
    found = [session().get(RptGrant, grant) for grant in grants if grant is not None]
    owners = sorted({grant.owner for grant in found if grant is not None})
    for owner in owners:
        withdrawal.narrowed(owner)
    return owners
