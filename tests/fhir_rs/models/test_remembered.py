"""A total is counted once for each state of a record, and never told for another."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from fhir_rs.db import make_engine, reading, writing
from fhir_rs.models import record_state, remembered, removal
from fhir_rs.models.record_state import RecordState
from tests.attacks.fhir_record import set_level
from tests.fhir_rs.endpoints.conftest import Record, record
from tests.fhir_rs.protected import RECORD, UNLINKED, bare, fake, site
from tests.fhir_rs.store import condition, everything, put

__all__ = ["bare", "fake", "record", "site"]
PATH = "/Condition?_summary=count"


def total(record: Record, token: str, path: str = "/Condition") -> int:
    found = record.get(path, token).get_json()["total"]
    assert isinstance(found, int)
    return found


def generation(record: Record, of: str = RECORD) -> int:
    with reading(record.site.app.engine) as connection:
        statement = select(RecordState.generation).where(RecordState.record == of)  # type: ignore[call-overload]
        return int(connection.scalar(statement) or 0)


def test_every_write_of_a_record_is_counted_at_once(record: Record) -> None:
    token, engine = record.fake.owner_token(), record.site.app.engine
    before, seen = total(record, token), generation(record)
    put(engine, RECORD, [condition("new", "Gout")])
    assert total(record, token) == before + 1
    assert generation(record) > seen
    with writing(engine) as connection:
        assert removal.remove(connection, RECORD, ["Condition/new"]) == 1
    assert total(record, token) == before
    rpt = record.fake.rpt(everything(record.fake, "conf/N"))
    shown = total(record, rpt), total(record, rpt, PATH)
    set_level(record.site, "Condition/c1", "hidden")
    assert (total(record, rpt), total(record, rpt, PATH)) == (shown[0] - 1, shown[1] - 1)


def test_a_write_of_another_record_changes_nothing_here(record: Record) -> None:
    seen, there = generation(record), generation(record, UNLINKED)
    put(record.site.app.engine, UNLINKED, [condition("c1", "Gout")])
    assert generation(record) == seen
    assert generation(record, UNLINKED) > there


def test_each_reader_gets_a_total_of_her_own(record: Record) -> None:
    owner, rpt = record.fake.owner_token(), record.fake.rpt(everything(record.fake, "conf/N"))
    less = record.rpt("Condition", "conditions", "conf/N", only=["Condition/c1"])
    for _ in range(2):
        assert total(record, owner) > total(record, rpt) > 0
        assert total(record, less) == 1


def test_numbers_are_given_once_and_by_record(record: Record) -> None:
    engine = record.site.app.engine
    with writing(engine) as connection:
        first = record_state.take(connection, RECORD, 3)
        assert list(record_state.take(connection, RECORD, 2)) == [first.stop, first.stop + 1]
        assert list(record_state.take(connection, UNLINKED, 2)) == [1, 2]


def test_the_oldest_answer_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remembered, "MOST", 2)
    engine, other, asked = make_engine("sqlite://"), make_engine("sqlite://"), []

    def of(key: str, where: object = None) -> str:
        return remembered.once(where or engine, key, lambda: asked.append(key) or key)  # type: ignore[arg-type,func-returns-value]

    for key in ("a", "b", "a", "c", "b", "a"):
        assert of(key) == key
    assert asked == ["a", "b", "c", "a"]
    assert of("a", other) == "a"
    assert asked[4:] == ["a"]
