"""search_index, reference, label_hit: what a resource says, in rows that SQL can ask about."""

from __future__ import annotations

from sqlalchemy import BigInteger, Index, SmallInteger, text
from sqlmodel import Field

from fhir_rs.db import Table
from fhir_rs.models.resource import GIVEN, of_a_resource

WITHOUT_ROWS = {"sqlite_with_rowid": False}
"""On SQLite the key is the table: rows of a resource lie together, and no second tree is kept."""


class SearchIndex(Table, table=True):
    """One searchable token, text or date of a resource."""

    __tablename__ = "search_index"
    __table_args__ = (
        of_a_resource(),
        Index("ix_search_index_value", "record", "param", "value"),
        WITHOUT_ROWS,
    )

    record: str = Field(primary_key=True, max_length=22)
    resource: int = Field(primary_key=True, sa_type=BigInteger, sa_column_kwargs=GIVEN)
    pk: int = Field(primary_key=True, sa_type=BigInteger, sa_column_kwargs=GIVEN)
    param: str = Field(max_length=40)
    system: str
    value: str
    low: int | None = Field(default=None, sa_type=BigInteger)
    high: int | None = Field(default=None, sa_type=BigInteger)


class ResourceReference(Table, table=True):
    """One reference a resource makes, searchable when `param` names it."""

    __tablename__ = "resource_reference"
    __table_args__ = (
        of_a_resource(),
        Index("ix_resource_reference_target", "record", "target"),
        # Most references are addresses and have no key of another form.
        Index(
            "ix_resource_reference_key",
            "record",
            "key",
            sqlite_where=text("key IS NOT NULL"),
            postgresql_where=text("key IS NOT NULL"),
        ),
        WITHOUT_ROWS,
    )

    record: str = Field(primary_key=True, max_length=22)
    resource: int = Field(primary_key=True, sa_type=BigInteger, sa_column_kwargs=GIVEN)
    pk: int = Field(primary_key=True, sa_type=BigInteger, sa_column_kwargs=GIVEN)
    param: str = Field(max_length=40)
    """Search parameter, or "" when none looks there, or `references.CONTAINED`."""
    target: str
    """`Type/id` inside the record, or the key of the reference where none is known there."""
    carries: bool = False
    """Labels of the target belong to the holder too."""
    holds: int = Field(default=0, sa_type=SmallInteger)
    """Content of the holder: 1, or 2 where nothing says what an unread file is; a Binary's own
    reference the other way round (R4 Binary.securityContext)."""
    key: str | None = None
    """The key as it was written, where it is no address (enforcement/references.py)."""


class LabelHit(Table, table=True):
    """A labelling rule that matched a resource: the reason for its labels."""

    __tablename__ = "label_hit"
    __table_args__ = (of_a_resource(), WITHOUT_ROWS)

    record: str = Field(primary_key=True, max_length=22)
    resource: int = Field(primary_key=True, sa_type=BigInteger, sa_column_kwargs=GIVEN)
    pk: int = Field(primary_key=True, sa_type=BigInteger, sa_column_kwargs=GIVEN)
    category: str = Field(max_length=16)
    rule: str = Field(max_length=200)
    strength: str = Field(max_length=1)
    labels: str
    """Space-separated."""
