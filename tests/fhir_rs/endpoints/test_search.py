"""search-type: nothing withheld is matched, counted, joined or paged."""

from __future__ import annotations

from typing import Any

import pytest

from tests.fhir_rs.endpoints.conftest import Record, ids
from tests.fhir_rs.protected import RECORD
from tests.fhir_rs.store import everything, labelled, observation, put


@pytest.fixture
def rpt(record: Record) -> str:
    return record.rpt("Observation", "results", "conf/N")


def test_a_search_shows_what_is_visible_and_counts_it(record: Record, rpt: str) -> None:
    answer = record.get("/Observation", rpt)
    assert ids(answer) == ["Observation/a1"]
    body = answer.get_json()
    assert body["total"] == 1
    assert body["entry"][0]["fullUrl"].endswith(f"/fhir/r/{RECORD}/Observation/a1")
    assert body["meta"]["security"][0]["code"] == "N"


@pytest.mark.attack("FH-07")
@pytest.mark.parametrize(
    "query",
    [
        "patient=dora",
        "subject=Patient/dora",
        "subject:Patient=dora",
        "patient=http://x/Patient/alice",
    ],
)
def test_another_patient_is_nothing_here(record: Record, rpt: str, query: str) -> None:
    assert ids(record.get(f"/Observation?{query}", rpt)) == []


@pytest.mark.attack("FH-07")
@pytest.mark.parametrize(
    "query",
    ["patient=alice", "subject=Patient/alice", "patient=alice,dora", "subject:Patient=alice"],
)
def test_the_patient_of_the_record_is_found(record: Record, rpt: str, query: str) -> None:
    assert ids(record.get(f"/Observation?{query}", rpt)) == ["Observation/a1"]


@pytest.mark.attack("FH-16")
@pytest.mark.attack("FH-17")
@pytest.mark.parametrize(
    "query",
    [
        "patient:not=alice", "patient:missing=true", "_text=x", "_content=x", "_filter=x",
        "code:in=x", "code:text=x", "nope=1", "_security=ETH", "_tag=x", "_elements=id",
        "_summary=text", "_include=*", "_sort=code", "_count=x", "date=eq2024-02-30", "date=ap2024",
        "date=0000", "code=" + "x" * 1001, "_has:Observation:patient=x", "_id=a%00b",
        "&".join(["status=final"] * 31), "code=" + ",".join(["a"] * 201),
    ],
)  # fmt: skip
def test_what_is_not_supported_is_400(record: Record, rpt: str, query: str) -> None:
    answer = record.get(f"/Observation?{query}", rpt)
    assert answer.status_code == 400
    assert answer.get_json()["resourceType"] == "OperationOutcome"


def test_unknown_parameters_are_ignored_only_on_request(record: Record, rpt: str) -> None:
    lenient = {"Prefer": "handling=lenient"}
    assert ids(record.get("/Observation?nope=1", rpt, headers=lenient)) == ["Observation/a1"]
    assert record.get("/Observation?code:in=1", rpt, headers=lenient).status_code == 400


@pytest.mark.attack("FH-08")
def test_a_form_search_filters_by_both_sources(record: Record, rpt: str) -> None:
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    both = record.call(
        "POST", "/Observation/_search?patient=alice", rpt, data="patient=dora", headers=form
    )
    assert ids(both) == []


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("date=2024-03-01", ["a1"]),
        ("date=2024", ["a1"]),
        ("date=gt2024-03-01", ["v1"]),
        ("date=lt2024-04", ["a1"]),
        ("date=ge2024-03-01&date=lt2025", ["a1"]),
        ("status=final", ["a1", "v1"]),
        ("category=vital-signs", ["v1"]),
        ("kind=results", ["a1"]),
        ("_id=v1,a1", ["a1", "v1"]),
        ("_sort=-date", ["v1", "a1"]),
        ("_sort=date", ["a1", "v1"]),
        ("_sort=-_id", ["v1", "a1"]),
        ("_lastUpdated=gt2000-01-01", ["a1", "v1"]),
        ("code=nope", []),
    ],
)
def test_parameters(record: Record, query: str, expected: list[str]) -> None:
    permissions = everything(record.fake, "conf/N")
    found = ids(record.get(f"/Observation?{query}", record.fake.rpt(permissions)))
    assert found == [f"Observation/{id_}" for id_ in expected]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("code=44054006", ["c1"]), ("code=http://snomed.info/sct|44054006", ["c1"]),
        ("code=http://loinc.org|44054006", []), ("code=http://snomed.info/sct|", ["c1"]),
        ("code=26416006", []), ("subject.name=ali", ["c1"]), ("patient.birthdate=1974", ["c1"]),
        ("subject:Patient.name=nobody", []),
    ],
)  # fmt: skip
def test_tokens_and_chains(record: Record, query: str, expected: list[str]) -> None:
    permissions = everything(record.fake, "conf/N")
    found = ids(record.get(f"/Condition?{query}", record.fake.rpt(permissions)))
    assert found == [f"Condition/{id_}" for id_ in expected]


@pytest.mark.attack("FH-10")
@pytest.mark.spec("FS-31")
def test_has_does_not_see_what_is_withheld(record: Record) -> None:
    rpt = record.fake.rpt(everything(record.fake, "conf/N"))
    path = "/Patient?_has:Condition:patient:code="
    assert ids(record.get(path + "44054006", rpt)) == ["Patient/alice"]
    assert ids(record.get(path + "26416006", rpt)) == []
    lifted = record.fake.rpt(everything(record.fake, "conf/N", "sens/ETH"))
    assert ids(record.get(path + "26416006", lifted)) == ["Patient/alice"]


@pytest.mark.attack("FH-19")
@pytest.mark.attack("FH-22")
def test_includes_pass_the_mask_of_their_own_type(record: Record, rpt: str) -> None:
    alone = record.get("/Observation?_include=Observation:subject", rpt)
    assert ids(alone, "include") == []
    both = record.fake.rpt(everything(record.fake, "conf/N"))
    answer = record.get("/Observation?_include=Observation:subject&kind=results", both)
    assert ids(answer, "include") == ["Patient/alice"]
    back = record.get("/Patient?_id=alice&_revinclude=Observation:subject", both)
    assert ids(back, "include") == ["Observation/a1", "Observation/v1"]
    assert back.get_json()["total"] == 1


@pytest.mark.attack("FH-13")
@pytest.mark.attack("FH-20")
def test_a_focus_never_makes_a_member(record: Record, rpt: str) -> None:
    focused = observation("x1", "Baby", focus=[{"reference": "Patient/dora"}])
    put(record.site.app.engine, RECORD, [focused])
    assert ids(record.get("/Observation?focus=Patient/alice", rpt)) == []
    answer = record.get("/Observation?_include=Observation:focus&_id=x1", rpt)
    assert ids(answer, "include") == []


@pytest.mark.attack("FH-34")
@pytest.mark.attack("FH-46")
@pytest.mark.attack("FH-47")
@pytest.mark.spec("FS-30")
def test_pages_are_full_and_totals_are_of_the_visible(record: Record, rpt: str) -> None:
    many: list[dict[str, Any]] = []
    for number in range(12):
        many.append(observation(f"n{number:02}", "Normal"))
        many.append(labelled(observation(f"h{number:02}", "Hidden"), "HIV"))
    put(record.site.app.engine, RECORD, many)
    seen: list[str] = []
    url = "/Observation?_count=5"
    while url:
        answer = record.get(url, rpt)
        assert answer.get_json()["total"] == 13
        seen += ids(answer)
        following = [x["url"] for x in answer.get_json()["link"] if x["relation"] == "next"]
        assert len(ids(answer)) == 5 or not following
        url = following[0].split(RECORD, 1)[1] if following else ""
    assert len(seen) == len(set(seen)) == 13
    assert not any("/h" in each for each in seen)
    for query in ("_summary=count", "_count=0"):
        counted = record.get(f"/Observation?{query}", rpt).get_json()
        assert counted["total"] == 13
    assert "total" not in record.get("/Observation?_total=none", rpt).get_json()


@pytest.mark.attack("FH-64")
def test_a_cursor_is_good_for_nobody_else(record: Record, rpt: str) -> None:
    put(record.site.app.engine, RECORD, [observation("n1", "Normal")])
    link = record.get("/Observation?_count=1", rpt).get_json()["link"][1]["url"]
    path = link.split(RECORD, 1)[1]
    assert record.get(path).status_code == 401
    carol = record.fake.rpt(
        [record.fake.permission("Observation", "results", "patient/Observation.read")],
        heart_uma_party={"name": "Carol"},
    )
    assert record.get(path, carol).status_code == 400
    assert record.get(path + "x", rpt).status_code == 400
    assert record.get(path.replace("_count=1", "_count=2"), rpt).status_code == 400
