"""The tables of a service, brought up to date at its start by Alembic.

A database that is up to date costs one SELECT, and Alembic is not even imported.
"""

from __future__ import annotations

import logging
import pkgutil
import time
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine, MetaData, text
from sqlalchemy.exc import OperationalError, ProgrammingError

from heart_ground.database import reading
from heart_ground.durable.unavailable import words_of

if TYPE_CHECKING:
    from alembic.config import Config

log = logging.getLogger("heart_ground.migrations")

PATIENCE = 120.0
"""Seconds that a worker waits for another one's migration."""
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 5.0
"""Seconds between two looks at a database server that is not there yet."""
ENVIRONMENT = Path(__file__).resolve().parent / "alembic"
"""The folder of `env.py`, which every service's migrations run in."""
CONNECTION, TABLES = "connection", "tables"
"""What `env.py` finds in the attributes of the configuration."""


class SchemaError(RuntimeError):
    """The database is not one that this version can bring up to date."""


def migrate(engine: Engine, service: str) -> None:
    """Bring the tables of the package `service` up to date; safe when several workers start at
    once. Raise SchemaError for a database that a newer version wrote."""
    Migrations(service).migrate(engine)


def migrate_at_start(engine: Engine, service: str) -> None:
    """As a service does it: it may start before its database server does."""
    wait_for_server(engine)
    migrate(engine, service)


def wait_for_server(engine: Engine) -> None:
    """Return when the database server answers; a line in the log for each time it does not.

    A file is no server: one that cannot be opened gets no better by waiting.
    """
    if engine.dialect.name == "sqlite":
        return
    pause = FIRST_PAUSE
    while True:
        try:
            engine.connect().close()
            return
        except OperationalError as error:
            said = words_of(error)
        log.warning("the database does not answer, next try in %.0f s (%s)", pause, said)
        time.sleep(pause)
        pause = min(pause * 1.5, LONGEST_PAUSE)


@dataclass(frozen=True, slots=True)
class Migrations:
    """The migrations of one service: its package, with `db.Table`, `models/` and
    `migrations/versions/`."""

    service: str

    @property
    def folder(self) -> Path:
        """Where its migrations are, numbered in the first four letters of their names."""
        found = import_module(self.service).__file__
        return Path(str(found)).resolve().parent / "migrations/versions"

    @property
    def head(self) -> str:
        """Its newest migration."""
        return max(path.name[:4] for path in self.folder.glob("[0-9]*.py"))

    def migrate(self, engine: Engine) -> None:
        """Bring the tables to `head`, as the function of this name."""
        until, head = time.monotonic() + PATIENCE, self.head
        while self.version(engine) != head:
            # Before the transaction: the others wait for what happens inside it.
            import_module("alembic.command")
            try:
                with engine.begin() as connection:
                    self._upgrade_alone(connection)
                return
            except OperationalError as error:
                # On SQLite the transaction itself waits for the others, but not as long as a
                # migration of many rows may take.
                if "locked" not in str(error.orig) or time.monotonic() > until:
                    raise

    def _upgrade_alone(self, connection: Connection) -> None:
        """One worker migrates, the others wait here and then find nothing to do."""
        if connection.dialect.name == "postgresql":
            lock = int.from_bytes(self.service.encode()[:7])  # a service waits for its own alone
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": lock})
        self.upgrade(connection)

    def version(self, engine: Engine) -> str | None:
        """The newest migration that the database has seen; None for one that saw none."""
        with reading(engine) as connection:
            try:
                found = connection.scalar(text("SELECT version_num FROM alembic_version"))
            except (OperationalError, ProgrammingError):
                return None  # the table is not there yet
        return None if found is None else str(found)

    def upgrade(self, connection: Connection) -> None:
        """Run what is missing, inside the transaction that `connection` is in."""
        from alembic import command
        from alembic.util import CommandError

        try:
            command.upgrade(self.config(connection), "head")
        except CommandError as error:
            raise SchemaError(
                f"The database was written by another version ({error}); "
                f"this one knows up to {self.head}."
            ) from error

    def config(self, connection: Connection) -> Config:
        """What Alembic is told."""
        from alembic.config import Config

        made = Config()
        options = {
            "script_location": str(ENVIRONMENT),
            "version_locations": str(self.folder),
            "path_separator": "newline",
        }
        for name, value in options.items():
            made.set_main_option(name, value.replace("%", "%%"))
        made.attributes.update({CONNECTION: connection, TABLES: self.tables})
        return made

    def tables(self) -> MetaData:
        """Every table of the service, whether its module was imported before or not."""
        models = import_module(f"{self.service}.models")
        for found in pkgutil.iter_modules(models.__path__):
            import_module(f"{models.__name__}.{found.name}")
        metadata: MetaData = import_module(f"{self.service}.db").Table.metadata
        return metadata
