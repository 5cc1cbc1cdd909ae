"""All of a record can lie in one place: its id is in every key, and in every question."""

from __future__ import annotations

import pytest
from sqlalchemy import ForeignKeyConstraint, Table, UniqueConstraint, exists, or_, select

from fhir_rs.models.keys import KEYS
from fhir_rs.models.reference_conditions import REFERENCES
from fhir_rs.models.scope import RECORD
from fhir_rs.models.visibility import RESOURCE
from heart_ground.migrations import Migrations
from tests.fhir_rs.one_shard import ALLOWED, KEYED, unbound_of

TABLES = Migrations("fhir_rs").tables().tables
each_keyed = pytest.mark.parametrize("table", [TABLES[name] for name in sorted(KEYED)], ids=str)


def test_every_table_is_kept_by_something() -> None:
    assert set(TABLES) == set(KEYS)


@each_keyed
def test_the_record_begins_the_primary_key(table: Table) -> None:
    assert next(iter(table.primary_key.columns)).name == "record"


@each_keyed
def test_whatever_is_unique_is_so_in_a_record(table: Table) -> None:
    unique = [each for each in table.constraints if isinstance(each, UniqueConstraint)]
    for each in [*unique, *(index for index in table.indexes if index.unique)]:
        assert "record" in {column.name for column in each.columns}, each


@each_keyed
def test_what_a_row_belongs_to_is_of_its_record_or_everywhere(table: Table) -> None:
    for each in table.constraints:
        if isinstance(each, ForeignKeyConstraint):
            other = each.referred_table
            pairs = {(e.parent.name, e.column.name) for e in each.elements}
            assert KEYS[other.name] == "reference" or ("record", "record") in pairs, each


def test_few_statements_ask_about_more_than_one_record() -> None:
    assert len(ALLOWED) <= 7 and all(ALLOWED.values())


def test_the_check_finds_what_is_bound_to_no_record() -> None:
    c, r, other = RESOURCE.c, REFERENCES.c, RESOURCE.alias("other")
    here = c.record == RECORD
    inner = select(other.c.address).where(other.c.pk == c.pk)
    unbound = {
        "no condition": select(c.pk),
        "one of two": select(c.pk).where(or_(here, c.pk == 1)),
        "a list": select(c.pk).where(c.record.in_(["a"])),
        "a join by number": select(c.pk).join(REFERENCES, c.pk == r.resource).where(here),
        "inside": select(c.pk).where(here, c.address.in_(inner)),
        "exists": select(c.pk).where(here, or_(c.pk == 1, exists().where(other.c.pk == 1))),
        "a table of a query": select(select(c.pk).subquery().c.pk),
    }
    for words, statement in unbound.items():
        assert list(unbound_of(statement)), words
    bound = {
        "a value": select(c.pk).where(c.pk == 1, here),
        "a join": select(c.pk).join(REFERENCES, r.record == c.record).where(here),
        "inside": select(c.pk).where(here, exists(inner.where(other.c.record == c.record))),
    }
    for words, statement in bound.items():
        assert list(unbound_of(statement)) == [], words
