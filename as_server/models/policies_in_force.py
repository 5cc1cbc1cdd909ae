"""The policies that a decision reads, and the lock that keeps them from narrowing (hot path)."""

from functools import cache

from sqlalchemy import ColumnElement, Connection, Select, and_, bindparam, or_, select
from sqlalchemy.orm import Session

from as_server.models.account import Account
from as_server.models.policy import COLUMNS, IN_FORCE, in_force, parse
from as_server.policy.model import Party, SharingPolicy, WhoLevel

_EPOCH = Account.__table__.c.epoch  # type: ignore[attr-defined]
_HOLD = select(_EPOCH).where(_EPOCH.table.c.key == bindparam("of_owner")).with_for_update(read=True)


def hold(db: Connection, owner: str) -> None:
    """Keep this owner's rules from narrowing until the transaction ends.

    Else a grant decided just before a stop, and stored just after it, would outlive the stop: a
    withdrawal raises the epoch in this row first. SQLite has one writer and needs no such lock.
    """
    db.execute(_HOLD, {"of_owner": owner})


def concerning(
    connection: Connection | Session, owner: str, party: Party | None
) -> list[SharingPolicy]:
    """The policies in force that can speak about this party.

    A thousand rules for other people are never read. What withholds from a role or an
    organization is read for a party without that claim too: an absent claim escapes no deny.
    """
    if party is None:
        return in_force(connection, owner)
    claims = {
        WhoLevel.PERSON: party.key,
        WhoLevel.ROLE: party.role,
        WhoLevel.ORGANIZATION: party.organization,
    }
    proven = {level: value for level, value in claims.items() if value is not None}
    values = {"of_owner": owner} | {level.name: value for level, value in proven.items()}
    rows = connection.execute(_concerning(frozenset(proven)), values)
    return [parse(body) for (body,) in rows]


@cache
def _concerning(proven: frozenset[WhoLevel]) -> Select[tuple[str]]:
    """The query for a party that has proven these claims, under the names of their levels."""
    names: list[ColumnElement[bool]] = [COLUMNS.who_level == int(WhoLevel.ANYONE)]
    for level in (WhoLevel.PERSON, WhoLevel.ROLE, WhoLevel.ORGANIZATION):
        # An absent claim matches what withholds, and a permit is then what need_info is for.
        condition = COLUMNS.who_level == int(level)
        if level in proven:
            condition = and_(condition, COLUMNS.who_value == bindparam(level.name))
        names.append(condition)
    return select(COLUMNS.body).where(
        COLUMNS.owner == bindparam("of_owner"), COLUMNS.state.in_(IN_FORCE), or_(*names)
    )
