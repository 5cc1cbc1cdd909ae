"""resource: FHIR JSON as it was sent, beside the columns that enforcement and search need."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    SmallInteger,
    Text,
    UniqueConstraint,
)
from sqlmodel import Field

from fhir_rs.db import Table
from fhir_rs.enforcement.clinical_date import BEFORE_ALL

PENDING = 4
"""What is added to the level of a row that waits to be described again."""
BY_MOMENT, BY_NUMBER = "resource_by_moment", "resource_by_number"
"""The orders in which a record is read: each index holds all that enforcement, counting and sorting
look at, so that rows that are not shown are passed over without reading their bodies."""
_LOOKED_AT = ("slot", "level", "labels", "address", "kind", "writer", "own_labels")
GIVEN = {"autoincrement": False}


def of_a_resource() -> ForeignKeyConstraint:
    """A row is of a resource of the same record."""
    return ForeignKeyConstraint(["record", "resource"], ["resource.record", "resource.pk"])


class Resource(Table, table=True):
    """The current version of one resource."""

    __tablename__ = "resource"
    __table_args__ = (
        UniqueConstraint("record", "address"),
        Index(BY_MOMENT, "record", "type", "moment", "pk", *_LOOKED_AT),
        Index(BY_NUMBER, "record", "pk", "type", *_LOOKED_AT),
    )

    record: str = Field(primary_key=True, foreign_key="record.id", max_length=22)
    pk: int = Field(primary_key=True, sa_type=BigInteger, sa_column_kwargs=GIVEN)
    """Its number in this record (models/record_state.py)."""
    address: str
    """`Type/id`: what references, limits and levels name it by."""
    type: str = Field(max_length=64)
    id: str = Field(max_length=64)
    kind: str = Field(max_length=16)
    slot: str = Field(max_length=80)
    """`Type:kind` of the registered resource it belongs to: the unit permissions speak of."""
    labels: int = Field(sa_type=BigInteger)
    """One bit a topic; every bit must be allowed."""
    level: int = Field(default=0, sa_type=SmallInteger)
    """The owner's own level: 0 her rules, 1 only people she picks, 2 hidden from everyone.

    PENDING is added while the row waits to be described by today's rules: no lens reaches it.
    """
    date: str | None = Field(default=None, max_length=10)
    """The day it is about, as it was written."""
    moment: int = Field(default=BEFORE_ALL, sa_type=BigInteger)
    """The moment it is about, in microseconds since 1970, or BEFORE_ALL: what it is sorted by."""
    day_low: int | None = None
    day_high: int | None = None
    title: str = Field(sa_type=Text)
    version: int
    updated: int = Field(sa_type=BigInteger)
    """Microseconds since 1970."""
    sensitivity: str = Field(default="", sa_type=Text)
    """The codes the labelling service added, space-separated; what the source sent is in `body`."""
    rules: str = Field(default="", max_length=32)
    """Version of the labelling rules that last looked at it."""
    digest: str = Field(max_length=64)
    """SHA-256 of the text as it was sent: a repeated import changes nothing."""
    body: bytes = Field(sa_type=LargeBinary)
    """The JSON text as sent, with `id` and `meta` set: served as it is."""
    cuts: bool = Field(default=False)
    """Something in it may have to be cut for somebody: what it says of other resources."""
    contained: str | None = Field(default=None, sa_type=Text)
    """The verdicts about what it contains (enforcement/contained.py), None where there are none."""
    writer: str | None = Field(default=None, max_length=32)
    """The requester who wrote this version; None for an import."""
    own_labels: int | None = Field(default=None, sa_type=BigInteger)
    """The labels that its own content gives: what its writer reads it under. Where nobody wrote it:
    those that it gives on, if fewer than `labels` (models/giving.py)."""
    own_security: str | None = Field(default=None, sa_type=Text)
    """`meta.security` as its writer sees it, as JSON."""


class ResourceVersion(Table, table=True):
    """A version that was replaced."""

    __tablename__ = "resource_version"
    __table_args__ = (of_a_resource(),)

    record: str = Field(primary_key=True, max_length=22)
    resource: int = Field(primary_key=True, sa_type=BigInteger, sa_column_kwargs=GIVEN)
    version: int = Field(primary_key=True, sa_column_kwargs=GIVEN)
    slot: str = Field(max_length=80)
    labels: int = Field(sa_type=BigInteger)
    updated: int = Field(sa_type=BigInteger)
    body: bytes = Field(sa_type=LargeBinary)
    cuts: bool = Field(default=False)
    contained: str | None = Field(default=None, sa_type=Text)
    writer: str | None = Field(default=None, max_length=32)
    own_labels: int | None = Field(default=None, sa_type=BigInteger)
    own_security: str | None = Field(default=None, sa_type=Text)
