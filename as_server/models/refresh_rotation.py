"""Exchanging a refresh token for its successor: once, and the same one for a while (RFC 9700 4.14).

The successor is kept sealed under the token that was exchanged for it.
"""

from sqlalchemy import Connection, select, update

from as_server.models import rpt_refresh
from as_server.models.token import COLUMNS, TOKEN, Token


def rotate(connection: Connection, token: Token, at: int) -> bool:
    """Spend a refresh token, wherever it is; True for exactly one caller."""
    # In this order: out of the row of its RPT is the only way that one goes.
    if rpt_refresh.take_out(connection, token, rotated_at=at):
        return True
    statement = (
        update(TOKEN)
        .where(
            COLUMNS.owner == token.owner,
            COLUMNS.hash == token.hash,
            COLUMNS.kind == "refresh",
            COLUMNS.rotated_at.is_(None),
            COLUMNS.revoked_at.is_(None),
        )
        .values(rotated_at=at)
    )
    return connection.execute(statement).rowcount == 1


def unused_successor(connection: Connection, owner: str, token_hash: str, since: int) -> str | None:
    """The sealed successor of a refresh token that was spent at `since` or later, while unused."""
    successor = TOKEN.alias("successor").c
    query = (
        select(COLUMNS.successor_sealed)
        .join(
            successor.hash.table,
            (successor.owner == COLUMNS.owner) & (successor.hash == COLUMNS.successor_hash),
        )
        .where(
            COLUMNS.owner == owner,
            COLUMNS.hash == token_hash,
            COLUMNS.revoked_at.is_(None),
            COLUMNS.rotated_at >= since,
            successor.rotated_at.is_(None),
            successor.revoked_at.is_(None),
        )
    )
    return connection.execute(query).scalar()


def set_successor(
    connection: Connection, owner: str, token_hash: str, successor_hash: str, sealed: str
) -> None:
    connection.execute(
        update(TOKEN)
        .where(COLUMNS.owner == owner, COLUMNS.hash == token_hash)
        .values(successor_hash=successor_hash, successor_sealed=sealed)
    )
