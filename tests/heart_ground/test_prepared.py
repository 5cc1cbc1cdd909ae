"""A statement that was compiled once gives the rows that it gave when it was built anew."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import BigInteger, Column, Engine, MetaData, String, Table, bindparam, select

from heart_ground.database import reading, writing
from heart_ground.engines import make_engine
from heart_ground.prepared import Prepared
from tests.postgres import create_database

LINE = Table("line", MetaData(), Column("name", String, primary_key=True), Column("n", BigInteger))


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
        connection.execute(LINE.insert(), [{"name": f"é{n}", "n": n} for n in range(5)])
    yield made
    made.dispose()


def of_name(engine: Engine) -> Prepared:
    statement = select(LINE.c.n, LINE.c.name).where(
        LINE.c.name == bindparam("wanted", "é0"), LINE.c.n >= 0
    )
    return Prepared(statement, engine.dialect)


def test_a_row_in_autocommit_has_its_columns_by_name(engine: Engine) -> None:
    statement = of_name(engine)
    row = statement.first(engine, wanted="é3")
    assert (row.n, row.name, tuple(row)) == (3, "é3", (3, "é3"))
    assert statement.first(engine).n == 0
    assert statement.first(engine, wanted="nobody") is None


def test_rows_of_a_transaction_are_the_ones_that_it_sees(engine: Engine) -> None:
    statement = of_name(engine)
    with writing(engine) as connection:
        connection.execute(LINE.update().values(n=LINE.c.n + 10))
        assert statement.run(connection, wanted="é1").one().n == 11
        assert statement.run(connection).one().n == 10
        assert statement.first(engine, wanted="é1").n == 1
    assert statement.first(engine, wanted="é1").n == 11


def test_a_list_is_compiled_into_the_text(engine: Engine) -> None:
    statement = Prepared(
        select(LINE.c.n).where(LINE.c.name.in_(["é1", "é4"])).order_by(LINE.c.n), engine.dialect
    )
    with reading(engine) as connection:
        assert list(statement.run(connection).scalars()) == [1, 4]


def test_a_table_is_read_by_the_index_that_is_named_where_the_database_can_be_told(
    engine: Engine,
) -> None:
    statement = select(LINE.c.n).where(LINE.c.name == "é3")
    with reading(engine) as connection:
        by_key = Prepared(statement, engine.dialect, index="sqlite_autoindex_line_1")
        assert [n for (n,) in by_key.rows(connection, {})] == [3]
        other = Prepared(statement, engine.dialect, index="nowhere")
        if engine.dialect.name == "sqlite":
            with pytest.raises(sqlite3.OperationalError, match="no such index"):
                other.rows(connection, {})
        else:
            assert [n for (n,) in other.rows(connection, {})] == [3]
