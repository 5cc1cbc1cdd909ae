"""Ending tokens before their time: by their client, or because a copy is about (RFC 9700 4.14).

An RPT that ends narrows what somebody can see, so the owner's epoch rises with it, and her resource
servers forget what they cached.
"""

from collections.abc import Collection

from as_server.models import rpt_grant
from as_server.models import token as tokens
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
        return end_family(work, row.family)
    return _tell(work, tokens.revoke_one(work.connection, row.hash, work.now))


def end_family(work: Work, family: str, client_id: str | None = None) -> list[str]:
    """End every token of one consent or one RPT issue; returns the owners concerned.

    With `client_id`, only if the tokens were issued to this client.
    """
    return _tell(work, tokens.revoke_family(work.connection, family, work.now, client_id))


def _tell(work: Work, grants: Collection[str]) -> list[str]:
    owners = rpt_grant.owners_of(work.connection, grants)
    for owner in owners:
        withdrawal.narrowed(work, owner)
    return owners
