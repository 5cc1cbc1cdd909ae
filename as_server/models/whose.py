"""Whose a presented ticket or token is: by its seal, and where it has none by its row.

A value without a seal was issued before there were any; such rows are found by their hash alone.
"""

from sqlalchemy import Connection, bindparam, select
from sqlalchemy.orm import Session

from as_server.models.ticket import COLUMNS as TICKET
from as_server.models.token import COLUMNS as TOKEN
from as_server.models.token import hash_of
from as_server.owner_seal import NO_OWNER, OwnerSeals
from heart_ground.statement import Statement

_OF_TICKET = Statement(select(TICKET.owner).where(TICKET.hash == bindparam("presented")))
_OF_TOKEN = Statement(select(TOKEN.owner).where(TOKEN.hash == bindparam("presented")))
_OF_FAMILY = Statement(
    select(TOKEN.owner)
    .where(
        TOKEN.family == bindparam("of_family"),
        TOKEN.revoked_at.is_(None),
        TOKEN.rotated_at.is_(None),
    )
    .limit(1)
)


def ticket(db: Connection, seals: OwnerSeals, value: str) -> str:
    """The owner of a presented ticket; `NO_OWNER` for one that is nobody's."""
    return _owner(db, seals, _OF_TICKET, value)


def token(db: Connection | Session, seals: OwnerSeals, value: str) -> str:
    """The owner of a presented token; `NO_OWNER` for one that is nobody's."""
    return _owner(db, seals, _OF_TOKEN, value)


def family(connection: Connection, name: str) -> str:
    """The owner of the live tokens of a family, where nothing else says so."""
    found = _OF_FAMILY.first(connection, of_family=name)
    return NO_OWNER if found is None else str(found.owner)


def _owner(db: Connection | Session, seals: OwnerSeals, by_hash: Statement, value: str) -> str:
    sealed = seals.owner_of(value)
    if sealed is not None:
        return sealed
    found = by_hash.first(db, presented=hash_of(value))
    return NO_OWNER if found is None else str(found.owner)
