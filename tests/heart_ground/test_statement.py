"""A statement of a module says the same to each kind of database, and writes only in its turn."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Engine,
    MetaData,
    String,
    Table,
    bindparam,
    event,
    insert,
    select,
    update,
)
from sqlalchemy.orm import Session

from heart_ground.database import kept_reader, reading, writing
from heart_ground.engines import make_engine
from heart_ground.readers import WritesWhileReading
from heart_ground.statement import Statement
from tests.postgres import create_database

LINE = Table(
    "line",
    MetaData(),
    Column("name", String, primary_key=True),
    Column("n", BigInteger),
    Column("good", Boolean),
)
ADD = Statement(insert(LINE), columns=("name", "n", "good"))
ALL = Statement(select(LINE).order_by(LINE.c.name))
NAMED = Statement(
    select(LINE.c.name).where(LINE.c.name.in_(bindparam("names", expanding=True))), many="names"
)
RAISE = Statement(
    update(LINE)
    .where(LINE.c.name == bindparam("wanted"), LINE.c.n == bindparam("seen"))
    .values(n=LINE.c.n + 1)
    .returning(LINE.c.n, LINE.c.good)
)


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
        for n, good in enumerate((True, False, None)):
            ADD.run(connection, name=f"é{n}", n=n, good=good)
    yield made
    made.dispose()


def test_rows_have_columns_by_name_and_truth_is_a_bool(engine: Engine) -> None:
    with reading(engine) as connection:
        rows = ALL.all(connection)
        first = ALL.first(connection)
    assert [(row.name, row.n, row.good) for row in rows] == [
        ("é0", 0, True),
        ("é1", 1, False),
        ("é2", 2, None),
    ]
    assert [type(row.good) for row in rows] == [bool, bool, type(None)]
    assert tuple(first) == ("é0", 0, True)


@pytest.mark.parametrize("number", [0, 1, 2, 3, 5, 100])
def test_a_list_of_any_length_finds_each_of_its_rows_once(engine: Engine, number: int) -> None:
    names = [f"é{n}" for n in range(number)]
    with reading(engine) as connection:
        found = sorted(row.name for row in NAMED.all(connection, names=names))
    assert found == names[:3]


def test_compare_and_set_has_one_winner_and_says_what_it_made(engine: Engine) -> None:
    with writing(engine) as connection:
        won = RAISE.first(connection, wanted="é0", seen=0)
        assert (won.n, won.good) == (1, True)
        assert RAISE.first(connection, wanted="é0", seen=0) is None
    with reading(engine) as connection:
        assert ALL.first(connection).n == 1


def test_what_an_error_leaves_is_undone(engine: Engine) -> None:
    with pytest.raises(ZeroDivisionError), writing(engine) as connection:
        RAISE.first(connection, wanted="é0", seen=0)
        raise ZeroDivisionError
    with reading(engine) as connection:
        assert ALL.first(connection).n == 0


def test_a_reader_writes_nothing(engine: Engine) -> None:
    with pytest.raises(WritesWhileReading), reading(engine) as connection:
        ADD.run(connection, name="x", n=9, good=True)
    kept = kept_reader(engine)
    if kept is not None:
        with pytest.raises(WritesWhileReading):
            ADD.run(kept, name="x", n=9, good=True)
    with reading(engine) as connection:
        assert len(ALL.all(connection)) == 3


def test_a_connection_without_a_transaction_begins_one_to_write(engine: Engine) -> None:
    begun: list[object] = []
    event.listen(engine, "begin", begun.append)
    with engine.connect() as connection:
        ADD.run(connection, name="x", n=9, good=True)
    assert len(begun) == 1
    with reading(engine) as connection:
        assert len(ALL.all(connection)) == 3


def test_what_a_session_has_yet_to_write_is_seen(engine: Engine) -> None:
    class Line:
        """An object of the table."""

    from sqlalchemy.orm import registry

    registry().map_imperatively(Line, LINE)
    with Session(engine) as session:
        added: Any = Line()
        added.name, added.n, added.good = "x", 9, True
        session.add(added)
        assert [row.name for row in ALL.all(session)] == ["x", "é0", "é1", "é2"]


def test_a_kept_reader_sees_what_was_committed_since(engine: Engine) -> None:
    kept = kept_reader(engine)
    if kept is None:
        pytest.skip("a reader is kept on SQLite alone")
    assert len(ALL.all(kept)) == 3
    with writing(engine) as connection:
        ADD.run(connection, name="x", n=9, good=True)
        assert len(ALL.all(kept)) == 3
    assert len(ALL.all(kept)) == 4
