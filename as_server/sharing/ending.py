"""Ending tokens before their time: by their client, or because a copy is about (RFC 9700 4.14).

An RPT that ends narrows what somebody can see, so the owner's epoch rises with it, and her resource
servers forget what they cached.
"""

from collections.abc import Collection

from as_server.db import in_turn
from as_server.models import rpt_grant, rpt_refresh, token_revocation
from as_server.models.token import Token
from as_server.sharing import withdrawal
from as_server.work import Work


def end_token(work: Work, row: Token) -> list[str]:
    """End one token, or, if it is a refresh token, all of its family.

    Returns the owners whose epoch rose: push to their resource servers after the commit. A token
    that is dead already takes nothing from anybody, so nothing happens and nobody is told: else a
    client could empty every cache of an owner's servers as often as it likes.
    """
    if row.kind == "refresh":
        return end_family(work, row.owner, row.family)
    if row.refresh_hash is not None and row.is_live(work.now):
        # An RPT ends alone (RFC 7009 2.1), and its family may be ending at this moment.
        in_turn(work.connection, row.family)
        rpt_refresh.take_out(work.connection, rpt_refresh.own_row(row))
    ended = token_revocation.revoke_one(work.connection, row.owner, row.hash, work.now)
    return _tell(work, row.owner, ended)


def end_family(work: Work, owner: str, family: str, client_id: str | None = None) -> list[str]:
    """End every token of one consent or one RPT issue; returns the owners concerned.

    With `client_id`, only if the tokens were issued to this client.
    """
    ended = token_revocation.revoke_family(work.connection, owner, family, work.now, client_id)
    return _tell(work, owner, ended)


def _tell(work: Work, owner: str, grants: Collection[str]) -> list[str]:
    if not rpt_grant.any_stands(work.connection, owner, grants):
        return []
    withdrawal.narrowed(work, owner)
    return [owner]
