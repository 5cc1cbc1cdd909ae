"""record: one person's record at this server; its id is the pointer she hands out."""

from __future__ import annotations

import hashlib
import hmac

from sqlalchemy import (
    BigInteger,
    Connection,
    Text,
    insert,
    select,
    update,
)
from sqlmodel import Field, col

from fhir_rs.db import Table
from heart_uma import typed


class Record(Table, table=True):
    """A record: `id` is 128 random bits, `patient_ref` the Patient it is about (`Patient/x`)."""

    __tablename__ = "record"

    id: str = Field(primary_key=True, max_length=22)
    name: str = Field(sa_type=Text)
    patient_ref: str | None = None
    identity_copy: bool = False
    """The Patient here only says whose record it is; it is not counted as shared data."""
    source_key: str = Field(unique=True, max_length=64)
    """What a repeated import finds this record by."""
    claim_code_hash: str | None = Field(default=None, index=True, max_length=64)
    """Of the one-time code that proves ownership at linking; gone once used."""
    created: int = Field(sa_type=BigInteger)


def new_record_id() -> str:
    """128 random bits, url-safe: unguessable, since knowing it is being able to ask."""
    return typed.new(16)


def hash_of(claim_code: str) -> str:
    """The stored form of a claim code."""
    return hashlib.sha256(claim_code.encode()).hexdigest()


def exists(connection: Connection, record: str) -> bool:
    """True when there is such a record."""
    return (
        connection.execute(select(col(Record.id)).where(col(Record.id) == record)).first()
        is not None
    )


def lock(connection: Connection, record: str) -> None:
    """Make writers of one record take turns; SQLite has one writer anyhow."""
    if connection.dialect.name == "postgresql":
        connection.execute(select(col(Record.id)).where(col(Record.id) == record).with_for_update())


def patient_of(connection: Connection, record: str) -> str | None:
    """The Patient a record is about, as `Patient/x`."""
    row = connection.execute(
        select(col(Record.patient_ref)).where(col(Record.id) == record)
    ).first()
    return row.patient_ref if row is not None else None


def by_source(connection: Connection, source_key: str) -> str | None:
    """The record that an earlier import made from the same source."""
    return connection.execute(
        select(col(Record.id)).where(col(Record.source_key) == source_key)
    ).scalar()


def create(
    connection: Connection,
    *,
    name: str,
    patient_ref: str | None,
    source_key: str,
    identity_copy: bool,
    created: int,
) -> tuple[str, str]:
    """Add a record; return its id and its one-time claim code ("" when nobody can claim it)."""
    record, code = new_record_id(), typed.new(16) if patient_ref else ""
    connection.execute(
        insert(Record).values(
            id=record,
            name=name,
            patient_ref=patient_ref,
            identity_copy=identity_copy,
            source_key=source_key,
            claim_code_hash=hash_of(code) if code else None,
            created=created,
        )
    )
    return record, code


def of_claim_code(connection: Connection, claim_code: str) -> str | None:
    """The record a claim code opens; the code stays valid until `spend_claim_code`."""
    wanted = hash_of(claim_code)
    row = connection.execute(
        select(col(Record.id), col(Record.claim_code_hash)).where(
            col(Record.claim_code_hash) == wanted
        )
    ).first()
    return row.id if row is not None and hmac.compare_digest(row.claim_code_hash, wanted) else None


def spend_claim_code(connection: Connection, claim_code: str) -> str | None:
    """Use a claim code up; return its record, or None when it was used before. One winner."""
    record = of_claim_code(connection, claim_code)
    spent = connection.execute(
        update(Record)
        .where(col(Record.claim_code_hash) == hash_of(claim_code))
        .values(claim_code_hash=None)
    )
    return record if spent.rowcount == 1 else None
