"""Another primary key for a table that has rows: in place on PostgreSQL, by a copy on SQLite, which
cannot change a key. Frozen with migration 0004."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op

Unique = tuple[str, ...] | None


def rekey(
    table: str,
    key: Sequence[str],
    *,
    unique: Unique = None,
    replaces: Unique = None,
    by_key: bool = False,
    renamed: Mapping[str, str] | None = None,
    types: Mapping[str, sa.types.TypeEngine[Any]] | None = None,
) -> None:
    """Key `table` by `key`, with the one other constraint `unique` where there was `replaces`.

    The indexes of the table are the caller's to drop before and to make again. On SQLite `by_key`
    keeps rows in their key, without a row id; `renamed` are expressions for columns that the copy
    takes from elsewhere, `types` their types.
    """
    if op.get_bind().dialect.name == "postgresql":
        _in_place(table, key, unique, replaces)
    else:
        _by_copy(table, key, unique, by_key, renamed or {}, types or {})


def _in_place(table: str, key: Sequence[str], unique: Unique, replaces: Unique) -> None:
    op.drop_constraint(f"{table}_pkey", table)
    op.create_primary_key(f"{table}_pkey", table, list(key))
    if unique == replaces:
        return
    if replaces is not None:
        op.drop_constraint("_".join((table, *replaces, "key")), table)
    if unique is not None:
        op.create_unique_constraint("_".join((table, *unique, "key")), table, list(unique))


def _by_copy(
    table: str,
    key: Sequence[str],
    unique: Unique,
    by_key: bool,
    renamed: Mapping[str, str],
    types: Mapping[str, sa.types.TypeEngine[Any]],
) -> None:
    before = sa.Table(table, sa.MetaData(), autoload_with=op.get_bind())
    columns = [
        sa.Column(
            column.name,
            types.get(column.name, column.type),
            nullable=bool(column.nullable),
            server_default=column.server_default,
        )
        for column in before.columns
    ]
    constraints: list[sa.schema.SchemaItem] = [sa.PrimaryKeyConstraint(*key)]
    if unique is not None:
        constraints.append(sa.UniqueConstraint(*unique))
    copy = f"{table}_rekeyed"
    op.create_table(copy, *columns, *constraints, sqlite_with_rowid=not by_key)
    names = [column.name for column in before.columns]
    op.execute(
        f"INSERT INTO {copy} ({', '.join(names)}) "  # noqa: S608 - names of this schema
        f"SELECT {', '.join(renamed.get(name, name) for name in names)} FROM {table}"
    )
    op.drop_table(table)
    op.rename_table(copy, table)
