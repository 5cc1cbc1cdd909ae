"""The policies that a decision reads, and the lock that keeps them from narrowing (hot path)."""

from collections.abc import Iterable
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, bindparam, or_, select
from sqlalchemy.orm import Session

from as_server.models.account import Account
from as_server.models.owner_epoch import COLUMNS as EPOCH
from as_server.models.owner_epoch import OwnerEpoch
from as_server.models.policy import COLUMNS, read
from as_server.policy.model import Party, SharingPolicy, Who, WhoLevel
from as_server.policy.unread import beside_unread
from heart_ground.statement import Statement

IN_FORCE = ("on", "paused")
# What a decision reads of a row.
_DECIDING = (COLUMNS.body, COLUMNS.withholds, COLUMNS.who_level, COLUMNS.who_value)
_ACCOUNT = Account.__table__.c  # type: ignore[attr-defined]
_HOLD = Statement(
    select(EPOCH.epoch)
    .select_from(Account)
    .join(OwnerEpoch, EPOCH.owner == _ACCOUNT.key)
    .where(
        _ACCOUNT.key == bindparam("of_owner"),
        _ACCOUNT.disabled.is_(False),
        EPOCH.owner == bindparam("of_owner"),
    )
    .with_for_update(read=True)
)


def hold(db: Connection, owner: str) -> bool:
    """Keep this owner's rules from narrowing until the transaction ends; False for an owner whose
    account is disabled, who gives nothing to anybody.

    Else a grant decided just before a stop, and stored just after it, would outlive the stop: a
    withdrawal raises the epoch first, which this row holds, and who is disabled is so in the
    account that is held with it. SQLite has one writer and needs no such lock.
    """
    return _HOLD.first(db, of_owner=owner) is not None


def in_force(connection: Connection | Session, owner: str) -> list[SharingPolicy]:
    """Every policy of an owner that is on or paused."""
    query = select(*_DECIDING).where(COLUMNS.owner == owner, COLUMNS.state.in_(IN_FORCE))
    return _of_rows(connection.execute(query))


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
    return _of_rows(_concerning(frozenset(proven)).all(connection, **values))


@cache
def _concerning(proven: frozenset[WhoLevel]) -> Statement:
    """The query for a party that has proven these claims, under the names of their levels."""
    # The owner is in each arm: a database answers an OR by its index only arm by arm, and else
    # reads all the owner's rules.
    owner = COLUMNS.owner == bindparam("of_owner")
    names: list[ColumnElement[bool]] = [and_(owner, COLUMNS.who_level == int(WhoLevel.ANYONE))]
    for level in (WhoLevel.PERSON, WhoLevel.ROLE, WhoLevel.ORGANIZATION):
        # An absent claim matches what withholds, and a permit is then what need_info is for.
        condition = and_(owner, COLUMNS.who_level == int(level))
        if level in proven:
            condition = and_(condition, COLUMNS.who_value == bindparam(level.name))
        names.append(condition)
    return Statement(select(*_DECIDING).where(or_(*names), COLUMNS.state.in_(IN_FORCE)))


def _of_rows(rows: Iterable[Row[Any]]) -> list[SharingPolicy]:
    """The policies that decide, of rows of `_DECIDING`. One that cannot be read gives nothing, and
    if it withholds, whom it is about is given nothing either."""
    policies, unread = [], []
    for row in rows:
        if (policy := read(row.body)) is not None:
            policies.append(policy)
        elif row.withholds:
            unread.append(Who(WhoLevel(row.who_level), row.who_value))
    return beside_unread(policies, unread) if unread else policies
