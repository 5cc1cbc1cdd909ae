"""The tables of the authorization server, brought up to date at start-up by Alembic (DESIGN 2).

A database that is up to date costs one SELECT, and Alembic is not even imported.
"""

from __future__ import annotations

import pkgutil
from importlib import import_module
from pathlib import Path

from sqlalchemy import Connection, Engine, MetaData, text
from sqlalchemy.exc import OperationalError, ProgrammingError

from as_server import db, models
from heart_ground import database

HEAD = "0002"
"""The newest migration in `migrations/versions`; a test compares."""
LOCK = 27429926536049270
MIGRATIONS = Path(__file__).resolve().parent / "migrations"


class SchemaError(RuntimeError):
    """The database is not one that this version can bring up to date."""


def migrate(engine: Engine) -> None:
    """Bring the tables to `HEAD`; safe when several workers start at once."""
    if version(engine) == HEAD:
        return
    with engine.begin() as connection:
        # One worker migrates, the others wait here and then find nothing to do. On SQLite the
        # transaction itself waits (BEGIN IMMEDIATE).
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
        upgrade(connection)


def version(engine: Engine) -> str | None:
    """The newest migration that the database has seen; None for one that saw none."""
    with database.reading(engine) as reading:
        try:
            found = reading.scalar(text("SELECT version_num FROM alembic_version"))
        except (OperationalError, ProgrammingError):
            return None  # the table is not there yet
    return None if found is None else str(found)


def upgrade(connection: Connection) -> None:
    """Run what is missing, inside the transaction that `connection` is in."""
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, "head")
    except CommandError as error:
        raise SchemaError(
            f"The database was written by another version ({error}); this one knows up to {HEAD}."
        ) from error


def tables() -> MetaData:
    """Every table of this service, whether its module was imported before or not."""
    for found in pkgutil.iter_modules(models.__path__):
        import_module(f"{models.__name__}.{found.name}")
    return db.Table.metadata
