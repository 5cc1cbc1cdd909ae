"""What is read past the pool sees one state, writes nothing, and leaves a sound connection."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import BigInteger, Column, Connection, Engine, MetaData, Table, insert, select, text
from sqlalchemy.exc import OperationalError, ProgrammingError

from heart_ground import places
from heart_ground.database import writing
from heart_ground.engines import make_engine
from heart_ground.one_state import one_state
from heart_ground.places import Place
from heart_ground.prepared import Prepared
from heart_ground.readers import WritesWhileReading
from tests.postgres import create_database

LINE = Table("line", MetaData(), Column("n", BigInteger))


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    postgres = request.param == "postgres"
    made = make_engine(
        create_database(request.getfixturevalue("postgres_server"))
        if postgres
        else f"sqlite:///{tmp_path}/x.db"
    )
    LINE.create(made)
    with places.at(Place()):
        yield made
    made.dispose()


def add(engine: Engine, n: int) -> None:
    with writing(engine) as connection:
        connection.execute(LINE.insert(), {"n": n})


def seen(connection: Connection) -> list[int]:
    """By both ways of asking, which agree."""
    statement = select(LINE.c.n).order_by(LINE.c.n)
    prepared = [n for (n,) in Prepared(statement, connection.dialect).rows(connection, {})]
    assert prepared == list(connection.execute(statement).scalars())
    return prepared


def test_all_reads_of_a_block_see_one_state_and_the_next_block_the_next(engine: Engine) -> None:
    add(engine, 1)
    with one_state(engine) as connection:
        assert seen(connection) == [1]
        add(engine, 2)
        assert seen(connection) == [1]
    with one_state(engine) as connection:
        assert seen(connection) == [1, 2]


def test_a_block_inside_a_block_has_a_state_of_its_own(engine: Engine) -> None:
    with one_state(engine) as outer:
        assert seen(outer) == []
        add(engine, 1)
        with one_state(engine) as inner:
            assert seen(inner) == [1]
        assert seen(outer) == []


def test_nothing_is_written_there(engine: Engine) -> None:
    with pytest.raises(WritesWhileReading), one_state(engine) as connection:
        connection.execute(LINE.insert(), {"n": 1})
    with pytest.raises(WritesWhileReading), one_state(engine) as connection:
        Prepared(insert(LINE), connection.dialect, columns=["n"]).rows(connection, {"n": 1})
    with one_state(engine) as connection:
        assert seen(connection) == []


@pytest.mark.parametrize("wrong", [OperationalError, RuntimeError])
def test_after_something_went_wrong_the_next_block_reads_the_newest_state(
    engine: Engine, wrong: type[Exception]
) -> None:
    expected = (OperationalError, ProgrammingError) if wrong is OperationalError else wrong
    with pytest.raises(expected), one_state(engine) as connection:
        assert seen(connection) == []
        if wrong is RuntimeError:
            raise RuntimeError
        connection.execute(text("SELECT * FROM nowhere"))
    add(engine, 1)
    with one_state(engine) as connection:
        assert seen(connection) == [1]


def test_a_place_keeps_one_connection_and_another_place_another(engine: Engine) -> None:
    if engine.dialect.name != "sqlite":
        pytest.skip("PostgreSQL has its pool")

    def driver() -> object:
        with one_state(engine) as connection:
            return connection.connection.dbapi_connection

    first = driver()
    assert driver() is first
    with places.at(Place()):
        assert driver() is not first
