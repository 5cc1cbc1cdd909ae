"""$everything is the union of the single searches."""

from __future__ import annotations

import pytest
from sqlalchemy import update
from sqlmodel import col

from fhir_rs.db import writing
from fhir_rs.models.record import Record as Stored
from heart_uma.kinds import TYPE_KINDS
from tests.fhir_rs.endpoints.conftest import Record, ids
from tests.fhir_rs.store import everything


@pytest.mark.attack("FH-28")
@pytest.mark.parametrize("labels", [("conf/N",), ("conf/N", "sens/ETH")])
def test_it_is_exactly_the_set_of_the_single_searches(record: Record, labels: tuple[str]) -> None:
    rpt = record.fake.rpt(everything(record.fake, *labels))
    single = [i for type_ in TYPE_KINDS for i in ids(record.get(f"/{type_}", rpt))]
    answer = record.get("/Patient/$everything", rpt)
    assert sorted(ids(answer)) == sorted(single)
    assert answer.get_json()["total"] == len(single)
    assert ids(answer, "include")[0] == "Practitioner/bob"


def test_type_kind_and_since_narrow_it(record: Record) -> None:
    rpt = record.fake.rpt(everything(record.fake, "conf/N"))
    assert ids(record.get("/Patient/$everything?_type=Condition", rpt)) == ["Condition/c1"]
    assert ids(record.get("/Patient/$everything?kind=vitals", rpt)) == ["Observation/v1"]
    assert ids(record.get("/Patient/$everything?_since=2100-01-01", rpt)) == []
    assert record.get("/Patient/$everything?_type=Nope", rpt).status_code == 400
    assert record.get("/Patient/$everything?kind=nope", rpt).status_code == 400
    assert record.get("/Patient/$everything?name=x", rpt).status_code == 400


@pytest.mark.attack("FH-29")
def test_another_patient_and_other_operations_are_nothing(record: Record) -> None:
    rpt = record.fake.rpt(everything(record.fake, "conf/N"))
    assert len(ids(record.get("/Patient/alice/$everything", rpt))) == 5
    assert record.get("/Patient/dora/$everything", rpt).status_code == 404
    assert record.get("/Patient/dora/$everything").status_code == 401
    for path in ("/$export", "/$graphql", "/Patient/$match", "/Observation/$lastn"):
        assert record.get(path, rpt).status_code == 404


def test_a_ticket_asks_for_every_kind_that_is_asked_for(record: Record) -> None:
    record.get("/Patient/$everything?kind=vitals,conditions")
    kinds = {
        record.fake.resources[p["resource_id"]]["heart_uma_kind"] for p in record.fake.tickets[-1]
    }
    assert kinds == {"vitals", "conditions"}
    record.get("/Patient/$everything")
    assert len(record.fake.tickets[-1]) == 30


def test_an_identity_copy_comes_along_and_is_not_counted(record: Record) -> None:
    with writing(record.site.app.engine) as connection:
        connection.execute(
            update(Stored)
            .where(col(Stored.patient_ref) == "Patient/alice")
            .values(identity_copy=True)
        )
    rpt = record.fake.rpt(everything(record.fake, "conf/N"))
    answer = record.get("/Patient/$everything", rpt)
    assert "Patient/alice" not in ids(answer)
    assert "Patient/alice" in ids(answer, "include")
    assert answer.get_json()["total"] == 4
    without = record.rpt("Observation", "vitals", "conf/N")
    assert ids(record.get("/Patient/$everything", without), "include") == []


def test_paging_walks_the_whole_record_once(record: Record) -> None:
    rpt = record.fake.rpt(everything(record.fake, "conf/N"))
    seen: list[str] = []
    url = "/Patient/$everything?_count=2"
    while url:
        answer = record.get(url, rpt)
        seen += ids(answer)
        following = [x["url"] for x in answer.get_json()["link"] if x["relation"] == "next"]
        url = following[0].split("0123456789", 1)[1] if following else ""
    assert len(seen) == len(set(seen)) == 5
