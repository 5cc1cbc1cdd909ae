"""What an older version stored is withheld until it is described again; the job can be stopped."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from fhir_rs.db import reading, writing
from fhir_rs.enforcement.clinical_date import BEFORE_ALL
from fhir_rs.enforcement.rules import labeling_rules
from fhir_rs.importing import describing
from fhir_rs.models.resource import PENDING, Resource
from fhir_rs.models.visibility import RESOURCE
from tests.attacks.fhir_record import reader
from tests.fhir_rs.endpoints.conftest import Record, ids
from tests.fhir_rs.fake_as import BASE
from tests.fhir_rs.protected import RECORD, bare, fake, site
from tests.fhir_rs.store import ALICE, coded, filled, observation

__all__ = ["bare", "fake", "site"]
REPORT = {
    "resourceType": "DiagnosticReport", "id": "rep", "status": "final", "code": coded("Report"),
    "subject": ALICE, "conclusion": "Known HIV positive",
}  # fmt: skip
REFERRING = observation(
    "ref", "Sodium", derivedFrom=[{"reference": f"{BASE}/r/{RECORD}/DiagnosticReport/rep"}]
)


@pytest.fixture
def older(site: Any) -> Iterator[Record]:
    """A record as the first migration's code left it: labelled by less, and waiting."""
    filled(site, [REPORT, REFERRING, *(observation(f"n{i}", "Sodium") for i in range(30))])
    with writing(site.app.engine) as connection:
        for row in connection.execute(select(RESOURCE)).all():
            body = json.loads(row.body)
            body["meta"]["security"] = [c for c in body["meta"]["security"] if c["code"] == "N"]
            values = {"labels": 0, "sensitivity": "", "rules": "6", "level": row.level + PENDING,
                      "body": json.dumps(body).encode(), "moment": BEFORE_ALL}  # fmt: skip
            connection.execute(update(Resource).where(RESOURCE.c.pk == row.pk).values(**values))
    yield Record(site)


def run(record: Record, **more: Any) -> int:
    engine = record.site.app.engine
    return describing.run(
        engine, labeling_rules(), base_url=BASE, progress=more.get("progress", lambda *_: None)
    )


def content(record: Record) -> Any:
    kept = select(RESOURCE.c.address, RESOURCE.c.digest, RESOURCE.c.version, RESOURCE.c.updated)
    kept = kept.order_by(RESOURCE.c.pk)
    with reading(record.site.app.engine) as connection:
        return connection.execute(kept).all()


def test_until_it_is_described_only_the_owner_reads_it(older: Record) -> None:
    every = reader(older, "sens/HIV")
    assert older.get("/Observation/n1", every).status_code == 404
    assert ids(older.get("/Patient/$everything", every)) == []
    assert older.get("/Observation/n1", older.fake.owner_token()).status_code == 200
    levels = {
        r["level"] for r in older.get("/$records", older.fake.owner_token()).get_json()["resources"]
    }
    assert levels == {"rules"}
    assert describing.waiting(older.site.app.engine) == 32


def test_afterwards_the_labels_are_todays_and_everything_else_is_as_it_was(older: Record) -> None:
    engine = older.site.app.engine
    with reading(engine) as connection:
        before = connection.execute(
            select(RESOURCE.c.address, RESOURCE.c.digest, RESOURCE.c.version).order_by(
                RESOURCE.c.pk
            )
        ).all()
    steps: list[tuple[int, int]] = []
    assert run(older, progress=lambda *step: steps.append(step)) == 32
    assert steps[-1] == (32, 32) and describing.waiting(engine) == 0
    plain, told = reader(older), reader(older, "sens/HIV")
    assert older.get("/Observation/n1", plain).status_code == 200
    for path in ("/DiagnosticReport/rep", "/Observation/ref"):
        assert older.get(path, plain).status_code == 404
        assert older.get(path, told).status_code == 200
    with reading(engine) as connection:
        after = connection.execute(
            select(RESOURCE.c.address, RESOURCE.c.digest, RESOURCE.c.version).order_by(
                RESOURCE.c.pk
            )
        ).all()
    assert after == before
    assert run(older) == 0


def test_a_job_that_is_stopped_goes_on_where_it_was(
    older: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(describing, "BATCH", 10)

    def stop(done: int, total: int) -> None:
        if done >= 20:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(older, progress=stop)
    # What is done and what is not alike: a label could still arrive from the rest.
    assert older.get("/Observation/n1", reader(older)).status_code == 404
    with reading(older.site.app.engine) as connection:
        redone = connection.execute(select(RESOURCE.c.pk).where(RESOURCE.c.rules != "6")).all()
    assert len(redone) == 20
    run(older)
    assert older.get("/Observation/n1", reader(older)).status_code == 200
    assert older.get("/Observation/ref", reader(older)).status_code == 404


def test_an_owners_level_survives_and_can_be_set_meanwhile(older: Record) -> None:
    owner = older.fake.owner_token()
    body = {"level": "hidden", "ids": ["Observation/n2"]}
    assert older.call("POST", "/$level", owner, json=body).status_code == 200
    assert older.get("/Observation/n1", reader(older)).status_code == 404
    run(older)
    assert older.get("/Observation/n2", reader(older)).status_code == 404
    assert older.get("/Observation/n1", reader(older)).status_code == 200


def test_a_false_label_of_older_rules_is_taken_back(older: Record, tmp_path: Path) -> None:
    """A purpose of use once travelled as a sensitivity that nobody knew."""
    with writing(older.site.app.engine) as connection:
        row = connection.execute(select(RESOURCE).where(RESOURCE.c.id == "n3")).one()
        body = json.loads(row.body)
        system = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
        body["meta"]["security"] = [{"system": system, "code": "TREAT"}]
        values = {"body": json.dumps(body).encode(), "sensitivity": "TREAT", "labels": 1}
        connection.execute(update(Resource).where(RESOURCE.c.pk == row.pk).values(**values))
    run(older)
    shown = older.get("/Observation/n3", reader(older))
    assert shown.status_code == 200 and "TREAT" not in shown.get_data(as_text=True)
