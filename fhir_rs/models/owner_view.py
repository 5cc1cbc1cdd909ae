"""What the owner sees of her record: every resource with its topics and level."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import Connection, Row, and_, case, func, select
from sqlalchemy.sql.elements import ColumnElement

from fhir_rs.models.record_state import identity_patient
from fhir_rs.models.visibility import RESOURCE, Condition, is_record

COLUMNS: tuple[ColumnElement[Any], ...] = (
    RESOURCE.c.pk,
    RESOURCE.c.address,
    RESOURCE.c.type,
    RESOURCE.c.id,
    RESOURCE.c.kind,
    RESOURCE.c.slot,
    RESOURCE.c.labels,
    RESOURCE.c.level,
    RESOURCE.c.date,
    RESOURCE.c.day_low,
    RESOURCE.c.day_high,
    RESOURCE.c.title,
    RESOURCE.c.digest,
)


def counted(connection: Connection, record: str) -> Condition:
    """What counts as a record: not people and places, not an identity copy of the Patient."""
    condition = and_(RESOURCE.c.record == record, is_record())
    identity = identity_patient(connection, record)
    return condition if identity is None else and_(condition, RESOURCE.c.address != identity)


def directory_count(connection: Connection, record: str) -> int:
    """How many people and places a record holds, which are counted apart."""
    statement = select(func.count()).select_from(RESOURCE)
    apart = and_(RESOURCE.c.record == record, ~is_record())
    return connection.execute(statement.where(apart)).scalar_one()


def decided(connection: Connection, condition: Condition, shown: Condition) -> list[Row[Any]]:
    """Every row that meets `condition`, with what the enforcing condition says of it."""
    asked: list[ColumnElement[Any]] = [*COLUMNS, case((shown, 1), else_=0).label("shown")]
    statement = select(*asked).where(condition).order_by(RESOURCE.c.pk)
    return list(connection.execute(statement).all())


def bodies(connection: Connection, record: str, keys: list[int]) -> dict[int, bytes]:
    """The stored bytes of some rows."""
    wanted = and_(RESOURCE.c.record == record, RESOURCE.c.pk.in_(keys))
    rows = connection.execute(select(RESOURCE.c.pk, RESOURCE.c.body).where(wanted))
    return {row.pk: row.body for row in rows}


def bodies_at(connection: Connection, record: str, addresses: Collection[str]) -> dict[str, bytes]:
    """The stored bytes of some resources of a record, people, places and medicines included."""
    wanted = and_(RESOURCE.c.record == record, RESOURCE.c.address.in_(addresses))
    rows = connection.execute(select(RESOURCE.c.address, RESOURCE.c.body).where(wanted))
    return {row.address: row.body for row in rows}


def beside(connection: Connection, record: str, addresses: Collection[str]) -> list[Row[Any]]:
    """What goes with resources of the owner's list because they name it."""
    c = RESOURCE.c
    wanted = and_(c.record == record, c.address.in_(addresses))
    columns: list[ColumnElement[Any]] = [c.address, c.type, c.id, c.kind, c.body]
    return list(connection.execute(select(*columns).where(wanted)).all()) if addresses else []
