"""The tables of a service, brought up to date at its start by Alembic.

A database that is up to date costs one SELECT, and Alembic is not even imported.
"""

from __future__ import annotations

import pkgutil
import time
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from sqlalchemy import Connection, Engine, MetaData, text
from sqlalchemy.exc import OperationalError, ProgrammingError

from heart_ground.database import reading

PATIENCE = 120.0
"""Seconds that a worker waits for another one's migration."""


class SchemaError(RuntimeError):
    """The database is not one that this version can bring up to date."""


@dataclass(frozen=True, slots=True)
class Migrations:
    """The migrations of one service.

    `service` is its package, with `db.Table`, `models/` and `migrations/`; `head` its newest
    migration; `lock` the number under which its workers wait for each other on PostgreSQL.
    """

    service: str
    head: str
    lock: int

    @property
    def folder(self) -> Path:
        """Where Alembic finds `env.py` and `versions/`."""
        found = import_module(self.service).__file__
        return Path(str(found)).resolve().parent / "migrations"

    def migrate(self, engine: Engine) -> None:
        """Bring the tables to `head`; safe when several workers start at once.

        Raise SchemaError for a database that a newer version wrote.
        """
        until = time.monotonic() + PATIENCE
        while self.version(engine) != self.head:
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
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": self.lock})
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
        from alembic.config import Config
        from alembic.util import CommandError

        config = Config()
        config.set_main_option("script_location", str(self.folder).replace("%", "%%"))
        config.attributes["connection"] = connection
        try:
            command.upgrade(config, "head")
        except CommandError as error:
            raise SchemaError(
                f"The database was written by another version ({error}); "
                f"this one knows up to {self.head}."
            ) from error

    def tables(self) -> MetaData:
        """Every table of the service, whether its module was imported before or not."""
        models = import_module(f"{self.service}.models")
        for found in pkgutil.iter_modules(models.__path__):
            import_module(f"{models.__name__}.{found.name}")
        metadata: MetaData = import_module(f"{self.service}.db").Table.metadata
        return metadata

    def run(self) -> None:
        """What a service's `migrations/env.py` does when Alembic runs it."""
        from alembic import context

        context.configure(
            connection=context.config.attributes["connection"],
            target_metadata=self.tables(),
            render_as_batch=True,  # SQLite alters a table by copying it
            transactional_ddl=True,
        )
        with context.begin_transaction():
            context.run_migrations()
