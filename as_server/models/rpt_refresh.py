"""The refresh token that was issued with an RPT: in the row of the RPT, until something happens to
one of the two alone.

Most are never used. One that is exchanged gets a row of its own, in which its successor is found,
and so does one whose RPT is given back.
"""

from sqlalchemy import Connection, bindparam, insert, select, update
from sqlalchemy.orm import Session

from as_server.models.token import COLUMNS, TOKEN, Token, hash_of
from heart_ground.statement import Statement

_HELD = (COLUMNS.owner == bindparam("of_owner"), COLUMNS.refresh_hash == bindparam("presented"))
_FIND = Statement(select(*COLUMNS).where(*_HELD))
# One atomic UPDATE: of two that take it out, in any number of processes, one finds it.
_TAKE_OUT = Statement(
    update(TOKEN)
    .where(*_HELD, COLUMNS.revoked_at.is_(None))
    .values(refresh_hash=None, ends_at=COLUMNS.expires_at)
    .returning(COLUMNS.hash)
)
_PUT = Statement(insert(TOKEN), columns=COLUMNS.keys())


def find(db: Session, owner: str, value: str) -> Token | None:
    """A refresh token in the row of its RPT, to look at, as the row that it would have."""
    row = _FIND.first(db, of_owner=owner, presented=hash_of(value))
    return None if row is None else own_row(Token(**row._asdict()))


def own_row(rpt: Token) -> Token:
    """The row of its own that the refresh token of an RPT would have."""
    same = {column.name: getattr(rpt, column.name) for column in COLUMNS}
    apart = {
        "hash": rpt.refresh_hash,
        "kind": "refresh",
        "jti": "",
        "audience": "",
        "expires_at": rpt.ends_at,
        "refresh_hash": None,
    }
    return Token(**same | apart)


def take_out(connection: Connection, own: Token, *, rotated_at: int | None = None) -> bool:
    """Give it its row; False for one that is not in its RPT's (any more), or that was revoked.

    Its family's turn is the caller's: who ends the family finds it in one row or in the other.
    """
    if _TAKE_OUT.first(connection, of_owner=own.owner, presented=own.hash) is None:
        return False
    row = {column.name: getattr(own, column.name) for column in COLUMNS}
    _PUT.run(connection, **row | {"rotated_at": rotated_at})
    return True
