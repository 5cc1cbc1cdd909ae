"""Ending tokens before their time: one, or all that one consent or one RPT issue brought."""

from collections.abc import Iterable

from sqlalchemy import ColumnElement, Connection, update

from as_server.db import in_turn
from as_server.models.token import COLUMNS, TOKEN


def revoke_family(
    connection: Connection, owner: str, family: str, at: int, client_id: str | None = None
) -> set[str]:
    """End every live token of one consent, of `client_id` if given; returns the grants (of an RPT)
    that they pointed to.

    A refresh that is under way is waited for: what it gives ends with the rest. A refresh token
    that was exchanged is left as it is: it is worth nothing without its successor.
    """
    in_turn(connection, family)
    whose = [
        COLUMNS.owner == owner,
        COLUMNS.family == family,
        COLUMNS.rotated_at.is_(None),
        COLUMNS.ends_at > at,
    ]
    if client_id is not None:
        whose.append(COLUMNS.client_id == client_id)
    return _revoke(connection, whose, at)


def revoke_one(connection: Connection, owner: str, token_hash: str, at: int) -> set[str]:
    """End one token; returns the grant (of an RPT) that it pointed to, if it was live."""
    this = (COLUMNS.owner == owner, COLUMNS.hash == token_hash, COLUMNS.expires_at > at)
    return _revoke(connection, this, at)


def _revoke(connection: Connection, which: Iterable[ColumnElement[bool]], at: int) -> set[str]:
    statement = update(TOKEN).where(*which, COLUMNS.revoked_at.is_(None)).values(revoked_at=at)
    ended = connection.execute(statement.returning(COLUMNS.rpt_grant))
    return {row.rpt_grant for row in ended if row.rpt_grant is not None}
