"""search_index, reference, label_hit: what a resource says, in rows that SQL can ask about."""

from __future__ import annotations

from sqlalchemy import BigInteger, Index, SmallInteger, text
from sqlmodel import Field

from fhir_rs.db import Table
from fhir_rs.models.resource import ROW_ID


class SearchIndex(Table, table=True):
    """One searchable token, text or date of a resource."""

    __tablename__ = "search_index"
    __table_args__ = (Index("ix_search_index_value", "record", "param", "value"),)

    pk: int | None = Field(default=None, primary_key=True, sa_type=ROW_ID)
    resource: int = Field(foreign_key="resource.pk", sa_type=BigInteger, index=True)
    record: str = Field(max_length=22)
    param: str = Field(max_length=40)
    system: str
    value: str
    low: int | None = Field(default=None, sa_type=BigInteger)
    high: int | None = Field(default=None, sa_type=BigInteger)


class ResourceReference(Table, table=True):
    """One reference a resource makes, searchable when `param` names it."""

    __tablename__ = "resource_reference"
    __table_args__ = (
        Index("ix_resource_reference_target", "target", "record"),
        # Most references are addresses and have no key of another form.
        Index(
            "ix_resource_reference_key",
            "record",
            "key",
            sqlite_where=text("key IS NOT NULL"),
            postgresql_where=text("key IS NOT NULL"),
        ),
    )

    pk: int | None = Field(default=None, primary_key=True, sa_type=ROW_ID)
    resource: int = Field(foreign_key="resource.pk", sa_type=BigInteger, index=True)
    record: str = Field(max_length=22)
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

    pk: int | None = Field(default=None, primary_key=True, sa_type=ROW_ID)
    resource: int = Field(foreign_key="resource.pk", sa_type=BigInteger, index=True)
    record: str = Field(max_length=22, index=True)
    category: str = Field(max_length=16)
    rule: str = Field(max_length=200)
    strength: str = Field(max_length=1)
    labels: str
    """Space-separated."""
