"""A resource server's database of the second migration, eighty days old, under today's code."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, func, select

from fhir_rs.db import reading
from fhir_rs.models.record_state import RecordState
from fhir_rs.models.visibility import RESOURCE
from fhir_rs.verification.audit import verify
from heart_uma.jose import KeySet
from tests.attacks.fhir_record import WITHHELD, path_of, reader, writer
from tests.fhir_rs.endpoints.conftest import Record, ids
from tests.fhir_rs.fake_as import BASE
from tests.fhir_rs.protected import RECORD
from tests.fhir_rs.store import observation
from tests.upgrades.dumped import FOLDER, each_database
from tests.upgrades.older_record import older_record

pytestmark = each_database
DUMP: dict[str, Any] = json.loads((FOLDER / "fhir_rs_0002.json").read_text(encoding="utf-8"))
ELSEWHERE: dict[str, Any] = DUMP["_elsewhere"][0]
"""What the authorization server held then, and the public keys of the checkpoints."""


@pytest.fixture
def older(url: str, tmp_path: Path) -> Record:
    """Alice's record as the code before kept it; nobody used it for eighty days."""
    return older_record(url, tmp_path, "0002", ELSEWHERE, days=80)


def engine_of(record: Record) -> Engine:
    return record.site.app.engine


def addresses(record: Record, path: str) -> list[str]:
    return ids(record.get(path, reader(record)))


def test_every_row_is_there_and_says_what_it_said(older: Record) -> None:
    kept = (RESOURCE.c.record, RESOURCE.c.pk, RESOURCE.c.address, RESOURCE.c.labels,
            RESOURCE.c.level, RESOURCE.c.digest, RESOURCE.c.version)  # fmt: skip
    with reading(engine_of(older)) as connection:
        now = {tuple(row) for row in connection.execute(select(*kept))}
        for table in ("search_index", "resource_reference", "label_hit", "resource_version"):
            rows = RESOURCE.metadata.tables[table]  # type: ignore[attr-defined]
            found = connection.scalar(select(func.count()).select_from(rows))
            assert found == len(DUMP[table]), table
    assert now == {tuple(row[column.name] for column in kept) for row in DUMP["resource"]}


def test_a_record_linked_eighty_days_ago_is_still_linked(older: Record) -> None:
    before = older.site.link()
    assert older.get("/Observation/v1", reader(older)).status_code == 200
    now = older.site.link()
    assert now.connected and now.tokens != before.tokens
    assert older.get("/Observation/v1/_history", reader(older)).get_json()["total"] == 2


def test_what_was_withheld_is_withheld(older: Record) -> None:
    for address in WITHHELD:
        assert older.get(f"/{address}", reader(older)).status_code == 404
    assert not set(WITHHELD) & set(addresses(older, "/Patient/$everything"))


def test_the_order_is_that_of_before_and_what_has_no_date_comes_last(older: Record) -> None:
    found = addresses(older, "/Observation?_sort=-date&_count=50")
    assert found.index("Observation/late") < found.index("Observation/early")
    undated = found[found.index("Observation/a1") + 1 :]
    assert "Observation/i1" in undated and "Observation/v1" in undated
    assert addresses(older, "/Observation?_sort=date&_count=50") == found[::-1]


def test_a_reference_by_a_name_leads_where_it_led(older: Record) -> None:
    found = addresses(older, "/Observation?has-member=Observation/i1")
    assert found == ["Observation/i2"]


def test_the_audit_is_whole_and_goes_on(older: Record) -> None:
    engine, clock = engine_of(older), older.site.clock
    then = KeySet.from_jwks(ELSEWHERE["audit_keys"])
    assert verify(engine, then, BASE, clock()) == []
    assert older.get("/Observation/v1", reader(older)).status_code == 200
    today = older.site.app.keys.public_jwks()["keys"]
    both = KeySet.from_jwks({"keys": [*ELSEWHERE["audit_keys"]["keys"], *today]})
    assert verify(engine, both, BASE, clock()) == []


def test_what_is_written_now_gets_numbers_of_its_own_and_is_counted(older: Record) -> None:
    counted = select(RecordState.generation).where(RecordState.record == RECORD)  # type: ignore[call-overload]
    sent = observation("", "Sodium")
    del sent["id"]
    before = older.get("/Observation", reader(older)).get_json()["total"]
    with reading(engine_of(older)) as connection:
        first = connection.scalar(counted)
    path = path_of(older.call("POST", "/Observation", writer(older), json=sent))
    assert older.get(path, reader(older)).status_code == 200
    with reading(engine_of(older)) as connection:
        assert connection.scalar(counted) > first
    assert older.get("/Observation", reader(older)).get_json()["total"] == before + 1
