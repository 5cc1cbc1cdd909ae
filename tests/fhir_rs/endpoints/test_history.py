"""history-instance: every visible version once, page by page, and an honest total."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.fhir_rs.endpoints.conftest import Record
from tests.fhir_rs.endpoints.test_writing import writer
from tests.fhir_rs.protected import RECORD
from tests.fhir_rs.store import observation


def _versions(record: Record, number: int) -> None:
    """Give Observation/a1 as many versions, one second apart."""
    rpt = writer(record)
    for version in range(2, number + 1):
        record.site.clock.advance(seconds=1)
        sent = observation("a1", "HbA1c", version)
        answer = record.call("PUT", "/Observation/a1", rpt, json=sent)
        assert answer.status_code == 200, answer.get_json()


def _pages(record: Record, path: str, token: str) -> list[Any]:
    pages: list[Any] = []
    while path:
        answer = record.get(path, token)
        assert answer.status_code == 200, answer.get_json()
        pages.append(answer.get_json())
        following = [x["url"] for x in pages[-1]["link"] if x["relation"] == "next"]
        path = following[0].split(RECORD, 1)[1] if following else ""
    return pages


@pytest.mark.fault("B10")
@pytest.mark.parametrize("count", [1, 2, 5])
def test_a_history_comes_in_pages_that_hold_each_version_once(record: Record, count: int) -> None:
    _versions(record, 5)
    rpt = record.rpt("Observation", "results", "conf/N")
    before = len(record.site.audited())
    pages = _pages(record, f"/Observation/a1/_history?_count={count}", rpt)
    seen = [e["resource"]["meta"]["versionId"] for page in pages for e in page["entry"]]
    assert seen == ["5", "4", "3", "2", "1"]
    assert [len(page["entry"]) for page in pages[:-1]] == [count] * (len(pages) - 1)
    assert {page["total"] for page in pages} == {5}
    told = [detail(entry) for entry in record.site.audited()[before:]]
    assert [each["count"] for each in told] == [str(len(page["entry"])) for page in pages]
    assert {each["total"] for each in told} == {"5"}


@pytest.mark.fault("B10")
def test_a_long_history_does_not_end_at_its_first_page(record: Record) -> None:
    _versions(record, 103)
    pages = _pages(record, "/Observation/a1/_history", record.rpt("Observation", "results"))
    assert [len(page["entry"]) for page in pages] == [100, 3]


@pytest.mark.fault("B10")
def test_a_history_can_be_counted_and_narrowed_by_time(record: Record) -> None:
    _versions(record, 4)
    rpt = record.rpt("Observation", "results", "conf/N")
    whole = record.get("/Observation/a1/_history", rpt).get_json()
    times = [e["response"]["lastModified"] for e in whole["entry"]]
    since = record.get(f"/Observation/a1/_history?_since={times[1]}", rpt).get_json()
    assert [e["resource"]["meta"]["versionId"] for e in since["entry"]] == ["4", "3"]
    assert since["total"] == 2
    counted = record.get("/Observation/a1/_history?_count=0", rpt).get_json()
    assert counted["total"] == 4 and "entry" not in counted
    assert record.site.audited()[-1].outcome == "counted"
    assert detail(record.site.audited()[-1])["kind:results"] == "4"
    for query in ("_since=x", "_count=x", "_count=-1", "_at=2024", "_cursor=x", "_sort=date"):
        answer = record.get(f"/Observation/a1/_history?{query}", rpt)
        assert answer.status_code == 400
        if "_cursor" not in query:
            assert query.partition("=")[0] in answer.get_json()["issue"][0]["diagnostics"]


@pytest.mark.fault("B10")
def test_a_page_of_a_history_is_good_for_nobody_else(record: Record) -> None:
    _versions(record, 3)
    rpt = record.rpt("Observation", "results", "conf/N")
    link = record.get("/Observation/a1/_history?_count=1", rpt).get_json()["link"][1]["url"]
    path = link.split(RECORD, 1)[1]
    assert record.get(path, rpt).status_code == 200
    permissions = [record.fake.permission("Observation", "results", "patient/Observation.read")]
    carol = record.fake.rpt(permissions, heart_uma_party={"name": "Carol", "sub": "carol"})
    assert record.get(path, carol).status_code == 400
    assert record.get(path.replace("a1/", "v1/"), rpt).status_code == 400
    assert record.get(path.replace("_count=1", "_count=2"), rpt).status_code == 400


def detail(entry: Any) -> dict[str, str]:
    found = json.loads(entry.event)["entity"][0]["detail"]
    return {each["type"]: each["valueString"] for each in found}
