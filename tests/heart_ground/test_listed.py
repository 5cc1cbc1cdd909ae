"""A list of any length is one parameter, and finds what an IN of its values would."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import BigInteger, Column, Engine, MetaData, Table, Text, select

from heart_ground.database import reading, writing
from heart_ground.engines import make_engine
from heart_ground.listed import as_list, listed
from heart_ground.prepared import Prepared
from tests.postgres import create_database

LINE = Table("line", MetaData(), Column("name", Text, primary_key=True), Column("n", BigInteger))
NAMES = ["plain", "with 'quotes\"", "é ☃", "a,b", "[]", "null", ""]


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    postgres = request.param == "postgres"
    made = make_engine(
        create_database(request.getfixturevalue("postgres_server"))
        if postgres
        else f"sqlite:///{tmp_path}/x.db"
    )
    LINE.create(made)
    with writing(made) as connection:
        connection.execute(LINE.insert(), [{"name": x, "n": n} for n, x in enumerate(NAMES)])
    yield made
    made.dispose()


@pytest.mark.parametrize("wanted", [[], NAMES[:1], NAMES, [*NAMES, "nobody"] * 300])
def test_each_text_finds_its_row_once(engine: Engine, wanted: list[str]) -> None:
    names = select(LINE.c.name).where(LINE.c.name.in_(listed(engine.dialect, "given", Text())))
    statement = Prepared(names, engine.dialect)
    with reading(engine) as connection:
        rows = statement.rows(connection, {"given": as_list(wanted)})
    assert sorted(name for (name,) in rows) == sorted(set(wanted) & set(NAMES))


def test_each_number_finds_its_row_as_a_number(engine: Engine) -> None:
    rows = select(LINE.c.name).where(LINE.c.n.in_(listed(engine.dialect, "given", BigInteger())))
    statement = Prepared(rows.order_by(LINE.c.n), engine.dialect)
    with reading(engine) as connection:
        assert [x for (x,) in statement.rows(connection, {"given": as_list([2, 0, 9])})] == [
            NAMES[0],
            NAMES[2],
        ]
        assert statement.rows(connection, {}) == []
