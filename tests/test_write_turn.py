"""Writers of one SQLite file take turns: none is lost, and a stuck one is not waited for."""

from __future__ import annotations

import sqlite3
import threading
import time
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import OperationalError

from heart_ground.durable import write_turn

pytestmark = pytest.mark.parametrize(
    "service", ["as_server", "fhir_rs", "patient_portal", "requester_app"]
)


def engine_of(service: str, folder: Path) -> Engine:
    made: Engine = import_module(f"{service}.db").make_engine(f"sqlite:///{folder}/database.db")
    with made.begin() as connection:
        connection.execute(text("CREATE TABLE counter (n INTEGER)"))
        connection.execute(text("INSERT INTO counter VALUES (0)"))
    return made


def add(engine: Engine, times: int, waits: list[float]) -> None:
    for _ in range(times):
        began = time.monotonic()
        with engine.begin() as connection:
            waits.append(time.monotonic() - began)
            found = connection.execute(text("SELECT n FROM counter")).scalar_one()
            connection.execute(text("UPDATE counter SET n = :n"), {"n": found + 1})


def test_no_turn_is_lost_between_threads_and_engines(service: str, tmp_path: Path) -> None:
    engine = engine_of(service, tmp_path)
    # A second engine stands for another process: it knows nothing of the first one's lock.
    other: Engine = import_module(f"{service}.db").make_engine(str(engine.url))
    waits: list[float] = []
    threads = [threading.Thread(target=add, args=(one, 25, waits)) for one in (engine, other) * 4]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with engine.connect() as connection:
        assert connection.execute(text("SELECT n FROM counter")).scalar_one() == 200
    assert max(waits) < 5


def test_the_turn_is_given_back_when_a_transaction_fails(service: str, tmp_path: Path) -> None:
    engine = engine_of(service, tmp_path)
    with pytest.raises(ValueError), engine.begin():
        raise ValueError
    add(engine, 1, [])


def test_a_writer_that_never_ends_is_a_locked_database(
    service: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = engine_of(service, tmp_path)
    monkeypatch.setattr(write_turn, "PATIENCE", 0.2)
    stuck = sqlite3.connect(tmp_path / "database.db", isolation_level=None)
    stuck.execute("BEGIN IMMEDIATE")
    began = time.monotonic()
    with pytest.raises(OperationalError, match="locked"):
        add(engine, 1, [])
    assert time.monotonic() - began < 2
    stuck.execute("ROLLBACK")
    add(engine, 1, [])


def test_the_next_writer_of_the_same_process_does_not_wait_either(
    service: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = engine_of(service, tmp_path)
    monkeypatch.setattr(write_turn, "PATIENCE", 0.2)
    with engine.begin() as connection:
        connection.execute(text("SELECT 1"))
        found: list[Any] = []

        def second() -> None:
            try:
                add(engine, 1, [])
            except OperationalError as error:
                found.append(error)

        thread = threading.Thread(target=second)
        thread.start()
        thread.join()
        assert len(found) == 1
    add(engine, 1, [])
