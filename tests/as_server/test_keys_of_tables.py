"""Every table is an owner's, or has a reason not to be; what is hers is keyed by her."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, MetaData, Table, UniqueConstraint, inspect

from as_server.keys_of_tables import KEYS, LOCAL, REFERENCE
from heart_ground.migrations import Migrations
from tests.as_server.uma import Uma

TABLES = Migrations("as_server").tables().tables
KEYED = {name: key for name, key in KEYS.items() if key not in (LOCAL, REFERENCE)}


def uniques(table: Table) -> Iterator[set[str]]:
    """The columns of each key, unique constraint and unique index."""
    yield set(table.primary_key.columns.keys())
    for constraint in table.constraints:
        if isinstance(constraint, UniqueConstraint):
            yield set(constraint.columns.keys())
    for index in table.indexes:
        if index.unique:
            yield set(index.columns.keys())


def migrated(engine: Engine) -> MetaData:
    found = MetaData()
    found.reflect(engine)
    return found


def test_every_table_has_its_place() -> None:
    assert set(TABLES) == set(KEYS)


@pytest.mark.parametrize("name", KEYED)
def test_whatever_is_unique_is_so_for_its_key(name: str) -> None:
    assert [columns for columns in uniques(TABLES[name]) if KEYED[name] not in columns] == []


def test_the_tables_of_a_database_have_the_keys_of_the_models(uma: Uma) -> None:
    found = migrated(uma.app.engine)
    for name, table in TABLES.items():
        key = set(table.primary_key.columns.keys())
        assert next(uniques(found.tables[name])) == key, name
    for name in KEYED:
        assert all(KEYED[name] in columns for columns in uniques(found.tables[name])), name


def test_the_owner_is_first_in_her_keys(uma: Uma) -> None:
    look = inspect(uma.app.engine)
    for name, key in KEYED.items():
        if key == "owner":
            assert look.get_pk_constraint(name)["constrained_columns"][0] == "owner", name


def test_no_foreign_key_leads_from_one_owner_to_another() -> None:
    for name, key in KEYED.items():
        for constraint in TABLES[name].foreign_key_constraints:
            other = constraint.referred_table.name
            assert KEYS[other] == REFERENCE or key in constraint.column_keys, (name, other)
