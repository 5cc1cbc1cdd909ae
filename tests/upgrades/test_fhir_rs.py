"""A resource server's database of the first migration, with data, under today's code."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import delete, select

from fhir_rs.db import make_engine, reading, writing
from fhir_rs.enforcement.rules import labeling_rules
from fhir_rs.importing import describing
from fhir_rs.models.link import Link
from fhir_rs.models.visibility import RESOURCE
from tests.attacks.fhir_record import reader
from tests.conftest import Clock
from tests.fhir_rs.endpoints.conftest import Record, ids
from tests.fhir_rs.fake_as import BASE, FakeAs
from tests.fhir_rs.protected import Protected, link_record, start
from tests.upgrades.dumped import each_database, restore


@pytest.fixture
def older(url: str, tmp_path: Path, clock: Clock) -> Record:
    """Alice's record as the first release's code kept it, served by today's."""
    engine = make_engine(url)
    restore(engine, "fhir_rs", "0001")
    engine.dispose()
    fake = FakeAs(clock)
    app = start(tmp_path, clock, fake, database_url=url)
    with writing(app.engine) as connection:
        # The authorization server of the test knows nothing of the tokens of that time.
        connection.execute(delete(Link))
    link_record(app, fake)
    return Record(Protected(app, fake, clock))


@each_database
def test_older_records_wait_and_are_then_labelled_by_todays_rules(older: Record) -> None:
    engine = older.site.app.engine
    plain, told = reader(older), reader(older, "sens/HIV")
    assert ids(older.get("/Patient/$everything", told)) == []
    kept = select(RESOURCE.c.address, RESOURCE.c.digest).order_by(RESOURCE.c.pk)
    owner = older.get("/DiagnosticReport/rep", older.fake.owner_token())
    assert owner.status_code == 200
    with reading(engine) as connection:
        before = connection.execute(kept).all()
    assert describing.waiting(engine) == len(before) == 22
    describing.run(engine, labeling_rules(), base_url=BASE, progress=lambda *_: None)
    for path in ("/DiagnosticReport/rep", "/Observation/ref"):
        assert older.get(path, plain).status_code == 404
        assert older.get(path, told).status_code == 200
    # Levels, versions and texts are as they were.
    for path in ("/Condition/hid", "/Condition/pick", "/Condition/c2"):
        assert older.get(path, told).status_code == 404
    assert older.get("/Observation/v1/_history", plain).get_json()["total"] == 2
    with reading(engine) as connection:
        assert connection.execute(kept).all() == before


@each_database
def test_older_records_get_their_moments(older: Record) -> None:
    engine = older.site.app.engine
    describing.run(engine, labeling_rules(), base_url=BASE, progress=lambda *_: None)
    found = ids(older.get("/Observation?_sort=-date&date=ge2024-03-01", reader(older)))
    # 23:30 in a zone five hours behind is after 01:00 UTC of the next day.
    assert found.index("Observation/late") < found.index("Observation/early")


@each_database
def test_writing_goes_on_after_an_upgrade(older: Record) -> None:
    from tests.attacks.fhir_record import path_of, writer
    from tests.fhir_rs.store import observation

    sent = observation("", "Sodium")
    del sent["id"]
    path = path_of(older.call("POST", "/Observation", writer(older), json=sent))
    assert older.get(path, reader(older)).status_code == 200
    assert older.site.app.audit.whole
