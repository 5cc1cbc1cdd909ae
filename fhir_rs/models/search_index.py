"""search_index, reference, label_hit: what a resource says, in rows that SQL can ask about."""

from __future__ import annotations

from sqlalchemy import BigInteger, Index
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
    __table_args__ = (Index("ix_resource_reference_target", "target", "record"),)

    pk: int | None = Field(default=None, primary_key=True, sa_type=ROW_ID)
    resource: int = Field(foreign_key="resource.pk", sa_type=BigInteger, index=True)
    record: str = Field(max_length=22)
    param: str = Field(max_length=40)
    """Search parameter, or "" when none looks there."""
    target: str
    """`Type/id` inside the record, or the reference as it was written."""
    carries: bool = False
    """Labels of the target belong to the holder too (FS-48)."""


class LabelHit(Table, table=True):
    """A labelling rule that matched a resource: the reason for its labels (SC-9)."""

    __tablename__ = "label_hit"

    pk: int | None = Field(default=None, primary_key=True, sa_type=ROW_ID)
    resource: int = Field(foreign_key="resource.pk", sa_type=BigInteger, index=True)
    record: str = Field(max_length=22, index=True)
    category: str = Field(max_length=16)
    rule: str = Field(max_length=200)
    strength: str = Field(max_length=1)
    labels: str
    """Space-separated."""
