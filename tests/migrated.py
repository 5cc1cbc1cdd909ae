"""Fresh databases of a test as copies of one that was migrated once in its process.

A test that asks for an empty SQLite database gets what the migrations make of it, without running
them again each time. Tests of the migrations themselves run them.
"""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from heart_ground import passing_file
from heart_ground.migrations import Migrations
from tests import on_postgres

ALWAYS_RUN = frozenset({"test_migrations.py", "test_write_turn.py", "test_outages.py"})
ALWAYS_RUN_IN = frozenset({"upgrades", "heart_ground", "demo", "bench", "e2e", "faults"})


class Copies:
    """Looks before `Migrations.migrate` does: where a database is new, it is up to date."""

    def __init__(self) -> None:
        self.active = False
        self._version = Migrations.version
        # A worker may be killed before it is told of the end: then the next run removes them.
        file, self._remove = passing_file.new()
        self._folder = file.parent

    def install(self) -> None:
        copies = self

        def version(self: Migrations, engine: Engine) -> str | None:
            if copies.active and engine.dialect.name == "sqlite":
                copies.fill(self, engine)
            return copies._version(self, engine)

        Migrations.version = version  # type: ignore[method-assign]

    def fill(self, migrations: Migrations, engine: Engine) -> None:
        """Copy the migrated database, if there is nothing yet where `engine` keeps its own."""
        path = engine.url.database
        if path in (None, "", ":memory:"):
            with engine.connect() as connection:
                own: Any = connection.connection.driver_connection
                if not own.execute("SELECT 1 FROM sqlite_master").fetchone():
                    with sqlite3.connect(self._template(migrations)) as template:
                        template.backup(own)
        elif not Path(str(path)).exists() and Path(str(path)).parent.is_dir():
            shutil.copy(self._template(migrations), str(path))

    def _template(self, migrations: Migrations) -> Path:
        made = self._folder / f"{migrations.service}.sqlite3"
        if not made.exists():
            engine = import_module(f"{migrations.service}.db").make_engine(f"sqlite:///{made}")
            active, self.active = self.active, False
            migrations.migrate(engine)
            self.active = active
            engine.dispose()
            with sqlite3.connect(made) as whole:
                whole.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return made

    def close(self) -> None:
        Migrations.version = self._version  # type: ignore[method-assign]
        self._remove()


_current: list[Copies] = []


def begin() -> None:
    """Called when pytest is configured; on PostgreSQL new databases are copies already."""
    if not on_postgres.wanted():
        _current.append(Copies())
        _current[0].install()


def end() -> None:
    while _current:
        _current.pop().close()


@contextmanager
def around(item: pytest.Item) -> Iterator[None]:
    """A test gets copies, its fixtures too, unless it is about migrations or whole processes."""
    folders = set(item.path.parent.parts)
    for copies in _current:
        copies.active = item.path.name not in ALWAYS_RUN and not ALWAYS_RUN_IN & folders
    yield
