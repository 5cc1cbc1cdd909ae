"""The owner's epoch: it rises with each change that can narrow access, never falls (RFC 7662 4)."""

from __future__ import annotations

from functools import cache

from sqlalchemy import Connection, Dialect, Engine, String, bindparam, select, update
from sqlmodel import col

from fhir_rs.models.link import Link, of_owner
from heart_ground.prepared import Prepared

_RAISE = (
    update(Link)
    .where(col(Link.record) == bindparam("in_record"))
    .where(col(Link.issuer) == bindparam("an_issuer"), col(Link.sub) == bindparam("a_sub"))
    .where(col(Link.epoch) < bindparam("to"))
    .values(epoch=bindparam("to"))
)
_ONE = select(col(Link.epoch)).where(col(Link.record) == bindparam("in_record"))


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
    raised = {"an_issuer": issuer, "a_sub": sub, "to": epoch}
    return sum(
        connection.execute(_RAISE, {**raised, "in_record": record}).rowcount
        for record in of_owner(connection, issuer, sub)
    )


def top_epoch(connection: Connection, issuer: str, sub: str) -> int:
    """The highest epoch any link of this owner has: where a new link starts."""
    records = of_owner(connection, issuer, sub)
    return max((connection.scalar(_ONE, {"in_record": each}) or 0 for each in records), default=0)
