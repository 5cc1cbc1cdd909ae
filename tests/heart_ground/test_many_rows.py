"""Many rows at a time, in whatever order they name their columns."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Boolean, Column, Engine, Integer, MetaData, String, Table, select

from heart_ground.engines import make_engine
from heart_ground.many_rows import ManyRows

THINGS = Table(
    "thing",
    MetaData(),
    Column("pk", Integer, primary_key=True),
    Column("name", String(10)),
    Column("here", Boolean),
    Column("number", Integer),
)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    url = "sqlite://"
    if request.param == "postgresql":
        url = f"{request.getfixturevalue('postgres_server')}/postgres"
    made = make_engine(url)
    THINGS.metadata.drop_all(made)
    THINGS.metadata.create_all(made)
    yield made
    THINGS.metadata.drop_all(made)
    made.dispose()


@pytest.mark.parametrize("columns", [("name", "here", "number"), ("number", "name", "here")])
def test_each_value_gets_into_its_column(engine: Engine, columns: tuple[str, ...]) -> None:
    rows: list[dict[str, Any]] = [
        {"name": "a", "here": True, "number": 1},
        {"name": "b", "here": False, "number": None},
    ]
    many = ManyRows(THINGS, columns)
    with engine.begin() as connection:
        many.add(connection, [])
        many.add(connection, [tuple(row[name] for name in columns) for row in rows])
    with engine.connect() as connection:
        found = connection.execute(
            select(THINGS.c.name, THINGS.c.here, THINGS.c.number).order_by(THINGS.c.pk)
        )
        assert [dict(row._mapping) for row in found] == rows
