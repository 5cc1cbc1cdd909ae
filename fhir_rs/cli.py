"""What an operator runs on a resource server's database: import, claim codes, audit check."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path

from sqlalchemy import Engine, update
from sqlmodel import col

from fhir_rs.db import make_engine, writing
from fhir_rs.enforcement.rules import labeling_rules
from fhir_rs.importing import describing, importer
from fhir_rs.importing.importer import ImportedRecord, ImportReport
from fhir_rs.models.record import Record, hash_of
from fhir_rs.settings import Settings
from fhir_rs.verification.audit import verify
from fhir_rs.verification.finding import Finding
from heart_ground.migrations import migrate
from heart_uma import typed
from heart_uma.jose import KeySet


def open_database(settings: Settings) -> Engine:
    """The database of these settings, with its tables."""
    engine = make_engine(settings.database_url, settings.connections)
    migrate(engine, "fhir_rs")
    return engine


def import_paths(
    settings: Settings,
    paths: Iterable[Path],
    *,
    progress: Callable[[int, str], None],
    identity_copy: bool = False,
    made: Callable[[ImportedRecord], None] | None = None,
) -> ImportReport:
    """Import FHIR Bundles and NDJSON files; see `fhir_rs.importing.importer`."""
    engine = open_database(settings)
    return importer.import_paths(
        engine,
        paths,
        progress=progress,
        identity_copy=identity_copy,
        base_url=settings.base_url,
        made=made,
    )


def describe_again(settings: Settings, progress: Callable[[int, int], None]) -> int:
    """Describe again what was stored under other rules; see `fhir_rs.importing.describing`."""
    engine = open_database(settings)
    return describing.run(engine, labeling_rules(), base_url=settings.base_url, progress=progress)


def link_code(settings: Settings, record: str) -> str:
    """A new claim code for a record; the one before stops working. ValueError: no such record."""
    code = typed.new(16)
    with writing(open_database(settings)) as connection:
        changed = connection.execute(
            update(Record).where(col(Record.id) == record).values(claim_code_hash=hash_of(code))
        )
    if changed.rowcount != 1:
        raise ValueError(f"there is no record {record!r}")
    return code


def link_address(settings: Settings, code: str) -> str:
    """Where the person opens the code."""
    return f"{settings.public_root}/link?code={code}"


def audit_verify(settings: Settings, now: datetime) -> list[Finding]:
    """What does not hold in the audit; nothing when all of it does."""
    engine = open_database(settings)
    keys = KeySet.load(settings.key_file)
    return verify(engine, keys, settings.base_url, now)
