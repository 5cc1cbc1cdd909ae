"""Databases as an earlier version left them, with data: the rows, put into its own tables.

A file `SERVICE_NNNN.json` holds every row of a database whose newest migration was NNNN: table ->
rows, bytes as {"base64": ...}. It was written by the code of that version, from a record with
versions, levels, links, labels and audit entries; it is never edited afterwards.
"""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, MetaData, text

from heart_ground.migrations import Migrations

FOLDER = Path(__file__).resolve().parent
each_database = pytest.mark.parametrize(
    "url", ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True
)


def raise_to(engine: Engine, service: str, migration: str) -> None:
    """Make the tables of `migration` in an empty database."""
    from alembic import command

    with engine.begin() as connection:
        command.upgrade(Migrations(service).config(connection), migration)


def restore(engine: Engine, service: str, migration: str, dump: str = "") -> None:
    """Make the tables of `migration` in an empty database and fill them with the dump's rows; a
    service may have several dumps of one migration."""
    raise_to(engine, service, migration)
    rows = json.loads((FOLDER / f"{service}_{migration}{dump}.json").read_text(encoding="utf-8"))
    metadata = MetaData()
    metadata.reflect(engine)
    with engine.begin() as connection:
        for table in metadata.sorted_tables:
            if rows.get(table.name):
                connection.execute(table.insert(), [_row(each) for each in rows[table.name]])
        if connection.dialect.name == "postgresql":
            _move_sequences(connection, metadata)


def _row(row: dict[str, Any]) -> dict[str, Any]:
    return {
        name: base64.b64decode(value["base64"]) if isinstance(value, dict) else _plain(name, value)
        for name, value in row.items()
    }


def _plain(name: str, value: Any) -> Any:
    # SQLite kept truth values as numbers.
    return bool(value) if name in ("identity_copy", "carries", "connected", "cuts") else value


def _move_sequences(connection: Any, metadata: MetaData) -> None:
    for table in metadata.sorted_tables:
        for key in {"pk", "seq"} & set(table.primary_key.columns.keys()):
            move = (
                f"SELECT setval(pg_get_serial_sequence(:name, :key), max({key})) FROM {table.name}"
            )
            connection.execute(text(move), {"name": table.name, "key": key})
