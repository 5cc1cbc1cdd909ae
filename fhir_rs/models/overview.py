"""How much of a record a set of permissions shows, counted by the enforcing condition in SQL."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Connection, Row, and_, case, func, select
from sqlalchemy.sql.elements import ColumnElement

from fhir_rs.enforcement.lenses import HIDDEN
from fhir_rs.models.resource import PENDING
from fhir_rs.models.visibility import RESOURCE, Condition

AT_ONCE = 500
"""Rows that one statement names."""


def by_kind(connection: Connection, counted: Condition, shown: Condition) -> Sequence[Row[Any]]:
    """For each kind: `total`, `shown`, and `hidden`: held back from everyone by the owner."""
    hidden = case((shown, 0), (RESOURCE.c.level % PENDING == HIDDEN, 1), else_=0)
    asked: list[ColumnElement[Any]] = [
        RESOURCE.c.kind,
        func.count().label("total"),
        func.sum(case((shown, 1), else_=0)).label("shown"),
        func.sum(hidden).label("hidden"),
    ]
    statement = select(*asked).where(counted).group_by(RESOURCE.c.kind)
    return connection.execute(statement).all()


def held_labels(connection: Connection, counted: Condition, shown: Condition) -> Sequence[Row[Any]]:
    """What is held back and bears a label: how many (`number`) of each slot and labels."""
    columns = (RESOURCE.c.slot, RESOURCE.c.labels)
    held = case((shown, 0), else_=1) == 1
    statement = select(*columns, func.count().label("number"))
    wanted = and_(counted, RESOURCE.c.labels != 0, held)
    return connection.execute(statement.where(wanted).group_by(*columns)).all()


def unlabelled(connection: Connection, counted: Condition) -> Sequence[Row[Any]]:
    """What bears no label, without its text."""
    names = ("pk", "address", "type", "id", "kind", "slot", "title", "digest")
    statement = select(*(RESOURCE.c[name] for name in names))
    wanted = statement.where(counted, RESOURCE.c.labels == 0).order_by(RESOURCE.c.pk)
    return connection.execute(wanted).all()


def shown_of(
    connection: Connection, record: str, shown: Condition, numbers: Collection[int]
) -> frozenset[int]:
    """Those of these rows that are shown."""
    found: set[int] = set()
    many = sorted(numbers)
    for start in range(0, len(many), AT_ONCE):
        wanted = RESOURCE.c.pk.in_(many[start : start + AT_ONCE])
        statement = select(RESOURCE.c.pk).where(RESOURCE.c.record == record, wanted, shown)
        found.update(connection.execute(statement).scalars())
    return frozenset(found)
