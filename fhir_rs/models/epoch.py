"""The owner's epoch: it rises with each change that can narrow access, never falls (RFC 7662 4)."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from sqlalchemy import Connection, Dialect, Engine, String, bindparam, func, select, update
from sqlmodel import col

from fhir_rs.models.link import Link
from heart_ground.prepared import Prepared

_RAISE = (
    update(Link)
    .where(col(Link.issuer) == bindparam("an_issuer"), col(Link.sub) == bindparam("a_sub"))
    .where(col(Link.epoch) < bindparam("to"))
    .values(epoch=bindparam("to"))
)
_HELD = (
    select(col(Link.record), col(Link.epoch))
    .where(col(Link.record).in_(bindparam("records", expanding=True)))
    .order_by(col(Link.record))
    .with_for_update(read=True)
)


def epochs_of(connection: Connection, records: Iterable[str]) -> dict[str, int]:
    """The epochs of these records' owners, held until the transaction ends.

    The share lock makes a rise wait (PostgreSQL): no disclosure is entered in the audit under an
    epoch that has already moved. SQLite has one writer anyway.
    """
    rows = connection.execute(_HELD, {"records": sorted(set(records))})
    return {record: epoch for record, epoch in rows}


def epoch_of(engine: Engine, record: str) -> int | None:
    """The epoch of a record's owner now, without holding it; None for a record without a link."""
    row = _now(engine.dialect).first(engine, record=record)
    return None if row is None else int(row.epoch)


@cache
def _now(dialect: Dialect) -> Prepared:
    record = bindparam("record", "", type_=String)
    return Prepared(select(col(Link.epoch)).where(col(Link.record) == record), dialect)


def raise_epoch(connection: Connection, issuer: str, sub: str, epoch: int) -> int:
    """Raise the epoch of every record of this owner, never lower it; how many links moved."""
    return connection.execute(_RAISE, {"an_issuer": issuer, "a_sub": sub, "to": epoch}).rowcount


def top_epoch(connection: Connection, issuer: str, sub: str) -> int:
    """The highest epoch any link of this owner has: where a new link starts."""
    statement = select(func.max(col(Link.epoch))).where(
        col(Link.issuer) == issuer, col(Link.sub) == sub
    )
    return connection.scalar(statement) or 0
