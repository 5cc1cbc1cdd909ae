"""Operators' commands on a resource server's database."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import update
from sqlmodel import col

from fhir_rs import cli
from fhir_rs.db import reading, writing
from fhir_rs.models import record
from fhir_rs.models.audit import Audit
from tests.conftest import Clock
from tests.fhir_rs.fake_as import FakeAs
from tests.fhir_rs.protected import CODE, RECORD, Protected, add_records, link_record, start


@pytest.fixture
def on_disk(tmp_path: Path, clock: Clock) -> Iterator[Protected]:
    fake = FakeAs(clock)
    app = start(tmp_path, clock, fake, database_url=f"sqlite:///{tmp_path}/rs.db")
    add_records(app)
    yield Protected(app, fake, clock)
    app.engine.dispose()


def test_a_new_claim_code_replaces_the_old_one(on_disk: Protected) -> None:
    code = cli.link_code(on_disk.app.settings, RECORD)
    with reading(on_disk.app.engine) as connection:
        assert record.of_claim_code(connection, code) == RECORD
        assert record.of_claim_code(connection, CODE) is None
    assert cli.link_address(on_disk.app.settings, code).endswith(f":8401/link?code={code}")


def test_an_unknown_record_has_no_code(on_disk: Protected) -> None:
    with pytest.raises(ValueError, match="no record"):
        cli.link_code(on_disk.app.settings, "nobody")


@pytest.mark.attack("F-12")
def test_the_audit_command_names_the_first_bad_entry(on_disk: Protected) -> None:
    link_record(on_disk.app, on_disk.fake)
    token = on_disk.grant()
    for _ in range(3):
        assert on_disk.probe(token).status_code == 200
    settings, now = on_disk.app.settings, on_disk.clock()
    assert cli.audit_verify(settings, now) == []
    with writing(on_disk.app.engine) as connection:
        connection.execute(update(Audit).where(col(Audit.seq) == 2).values(actor="owner"))
    assert [str(found) for found in cli.audit_verify(settings, now)] == [
        f"record {RECORD}: entry 2 was changed or put in later"
    ]


def test_files_are_imported(on_disk: Protected, fhir_data: Path) -> None:
    seen: list[int] = []
    report = cli.import_paths(
        on_disk.app.settings,
        [fhir_data / "hl7-r4-examples" / "AllergyIntolerance-example.json"],
        progress=lambda count, file: seen.append(count),
    )
    assert report.accepted == 1 and seen
