"""Migrations make exactly the tables of the models, fast, once, and whoever comes first."""

from __future__ import annotations

import subprocess
import sys
import time
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, create_engine, inspect, text

from heart_ground.engines import make_engine
from heart_ground.migrations import Migrations, SchemaError
from tests.postgres import create_database

ROOT = Path(__file__).resolve().parent.parent
SERVICES = ("as_server", "fhir_rs", "patient_portal", "requester_app")
each_service = pytest.mark.parametrize("service", SERVICES)
each_database = pytest.mark.parametrize(
    "url", ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True
)


FOUR_WORKERS = """
import os, sys, time
from importlib import import_module
import alembic.command
from heart_ground.migrations import Migrations, migrate

service, url = sys.argv[1:]
make_engine = import_module(f"{service}.db").make_engine
Migrations(service).tables()  # imports the models
at, workers = time.time() + 0.1, []
for _ in range(4):
    workers.append(os.fork())
    if not workers[-1]:
        engine = make_engine(url)
        time.sleep(max(0, at - time.time()))
        migrate(engine, service)
        break
else:
    print([os.waitpid(worker, 0)[1] for worker in workers])
"""
"""One process imports what they need; four made of it migrate at the same moment."""


@pytest.fixture
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/database.sqlite3"
    return create_database(request.getfixturevalue("postgres_server"))


def room(service: str, url: str) -> tuple[Migrations, Engine]:
    return Migrations(service), import_module(f"{service}.db").make_engine(url)


def differences(schema: Migrations, engine: Engine) -> list[Any]:
    with create_engine(engine.url).connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return list(compare_metadata(context, schema.tables()))


@each_service
@each_database
def test_migrations_make_the_tables_of_the_models(service: str, url: str) -> None:
    schema, engine = room(service, url)
    assert schema.version(engine) is None
    schema.migrate(engine)
    assert schema.version(engine) == schema.head
    assert differences(schema, engine) == []
    schema.migrate(engine)
    engine.dispose()


@each_service
def test_head_is_the_newest_migration(service: str) -> None:
    schema = Migrations(service)
    files = sorted(path.name[:4] for path in schema.folder.glob("*.py"))
    assert files == [f"{number:04}" for number in range(1, len(files) + 1)]
    assert files[-1] == schema.head
    with make_engine("sqlite://").connect() as connection:
        known = ScriptDirectory.from_config(schema.config(connection))
    assert known.get_current_head() == schema.head


@each_service
@each_database
def test_every_migration_can_be_undone(service: str, url: str) -> None:
    from alembic import command

    schema, engine = room(service, url)
    schema.migrate(engine)
    with engine.begin() as connection:
        command.downgrade(schema.config(connection), "base")
    assert set(inspect(create_engine(url)).get_table_names()) == {"alembic_version"}
    engine.dispose()


@each_service
def test_an_up_to_date_database_costs_one_select(service: str, tmp_path: Path) -> None:
    schema, engine = room(service, f"sqlite:///{tmp_path}/database.sqlite3")
    schema.migrate(engine)
    times = []
    for _ in range(5):
        began = time.perf_counter()
        schema.migrate(engine)
        times.append(time.perf_counter() - began)
    assert min(times) < 0.05


@each_service
def test_starting_on_an_up_to_date_database_does_not_import_alembic(
    service: str, tmp_path: Path
) -> None:
    schema, engine = room(service, f"sqlite:///{tmp_path}/database.sqlite3")
    schema.migrate(engine)
    code = (
        f"import sys; from {service} import db; from heart_ground.migrations import migrate; "
        f"migrate(db.make_engine({str(engine.url)!r}), {service!r}); "
        "assert 'alembic' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)


@each_service
@each_database
@pytest.mark.slow
def test_several_workers_may_start_at_once(service: str, url: str) -> None:
    command = [sys.executable, "-W", "error", "-c", FOUR_WORKERS, service, url]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert (ended.returncode, ended.stdout) == (0, "[0, 0, 0, 0]\n"), ended.stderr
    schema, engine = room(service, url)
    assert differences(schema, engine) == []
    engine.dispose()


@each_service
@each_database
def test_a_database_of_a_newer_version_is_refused(service: str, url: str) -> None:
    schema, engine = room(service, url)
    schema.migrate(engine)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(SchemaError, match="another version"):
        schema.migrate(engine)
    engine.dispose()
