"""Every service's engine is the same where safety is meant: pragmas, silence about row values."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from heart_ground import database, engines

SERVICES = ("as_server", "fhir_rs", "patient_portal", "requester_app")
PRAGMAS = {
    "journal_mode": "wal",
    "synchronous": 2,
    "foreign_keys": 1,
    "busy_timeout": 5000,
    "secure_delete": 1,
    "trusted_schema": 0,
    "temp_store": 2,
}
each_service = pytest.mark.parametrize("service", SERVICES)


def engine_of(service: str, url: str) -> Engine:
    made: Engine = import_module(f"{service}.db").make_engine(url)
    return made


@each_service
def test_every_connection_to_a_file_is_durable_and_guarded(service: str, tmp_path: Path) -> None:
    engine = engine_of(service, f"sqlite:///{tmp_path}/x.db")
    with database.reading(engine) as one, database.reading(engine) as two:
        for connection in (one, two):
            found = {
                name: connection.exec_driver_sql(f"PRAGMA {name}").scalar_one() for name in PRAGMAS
            }
            assert found == PRAGMAS
    engine.dispose()


@each_service
@pytest.mark.parametrize("url", ["sqlite", "sqlite://", "postgresql+psycopg://x@127.0.0.1:9/x"])
def test_an_error_of_the_database_holds_no_row_values(
    service: str, url: str, tmp_path: Path
) -> None:
    """An unexpected error is logged whole: what stood in the statement would stand in the log."""
    engine = engine_of(service, f"sqlite:///{tmp_path}/x.db" if url == "sqlite" else url)
    assert engine.hide_parameters
    if engine.dialect.name == "sqlite":
        with engine.begin() as connection:
            connection.execute(text("CREATE TABLE line (body TEXT UNIQUE)"))
            connection.execute(text("INSERT INTO line VALUES (:body)"), {"body": "canary"})
        with pytest.raises(IntegrityError) as caught, engine.begin() as connection:
            connection.execute(text("INSERT INTO line VALUES (:body)"), {"body": "canary"})
        assert "canary" not in str(caught.value)
    engine.dispose()


def test_readers_take_no_turn_and_a_snapshot_sees_one_state(tmp_path: Path) -> None:
    engine = engines.make_engine(f"sqlite:///{tmp_path}/x.db")
    with database.writing(engine) as writer:
        writer.execute(text("CREATE TABLE line (body TEXT)"))
    count = text("SELECT count(*) FROM line")
    with (
        database.writing(engine) as writer,
        database.reading(engine) as reader,
        database.snapshot(engine) as snapshot,
    ):
        assert (reader.scalar(count), snapshot.scalar(count)) == (0, 0)
        writer.execute(text("INSERT INTO line VALUES ('x')"))
        writer.commit()
        assert (reader.scalar(count), snapshot.scalar(count)) == (1, 0)
    engine.dispose()


def test_a_url_without_a_file_is_private_and_passes(tmp_path: Path) -> None:
    one, two = engines.make_engine("sqlite://"), engines.make_engine("sqlite://")
    with database.writing(one) as writer:
        writer.execute(text("CREATE TABLE line (body TEXT)"))
    with pytest.raises(SQLAlchemyError), database.reading(two) as reader:
        reader.execute(text("SELECT * FROM line"))
    for engine in (one, two):
        engine.dispose()
