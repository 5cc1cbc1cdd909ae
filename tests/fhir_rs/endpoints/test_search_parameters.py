"""Every parameter of a search: what it matches, how its errors read, the order of matches."""

from __future__ import annotations

from itertools import permutations
from typing import Any
from urllib.parse import quote

import pytest
from sqlalchemy import text
from werkzeug.test import TestResponse

from fhir_rs.db import writing
from heart_uma.kinds import TYPE_KINDS
from tests.fhir_rs.endpoints.conftest import Record, ids
from tests.fhir_rs.fake_as import BASE
from tests.fhir_rs.protected import RECORD
from tests.fhir_rs.store import VITALS, condition, everything, labelled, observation, put

CATEGORY = "http://terminology.hl7.org/CodeSystem/observation-category"
EXAM = {"coding": [{"system": CATEGORY, "code": "exam"}]}
LAB_REPORT = {"coding": [{"system": "http://loinc.org", "code": "LP29684-5"}]}
NOTE = {"coding": [{"system": "http://loinc.org", "code": "18842-5"}]}


def reader(record: Record) -> str:
    return record.fake.rpt(everything(record.fake, "conf/N"))


def report(id_: str, *categories: dict[str, Any]) -> dict[str, Any]:
    return {
        "resourceType": "DiagnosticReport", "id": id_, "status": "final",
        "subject": {"reference": "Patient/alice"}, "code": {"text": "Report"},
        "category": list(categories),
    }  # fmt: skip


FOUND_BY_CATEGORY = {
    "Observation?category=exam": ["both", "exam"],
    "Observation?category=vital-signs": ["both", "v1"],
    f"Observation?category={CATEGORY}|exam": ["both", "exam"],
    f"Observation?category={CATEGORY}|": ["both", "exam", "v1"],
    "Observation?category=exam,vital-signs": ["both", "exam", "v1"],
    "Observation?category=exam&category=vital-signs": ["both"],
    "Observation?category=exam&kind=vitals": ["both"],
    "Observation?category=exam&kind=results": ["exam"],
    "DiagnosticReport?category=LP29684-5": ["r-both", "r-lab"],
    "DiagnosticReport?category=18842-5": ["r-both"],
    "DiagnosticReport?category=http://loinc.org|": ["r-both", "r-lab"],
}


@pytest.mark.fault("B5")
def test_a_category_finds_whatever_has_it(record: Record) -> None:
    put(
        record.site.app.engine,
        RECORD,
        [
            observation("both", "Pulse", category=[EXAM, VITALS]),
            observation("exam", "Look", category=[EXAM]),
            report("r-both", LAB_REPORT, NOTE),
            report("r-lab", LAB_REPORT),
        ],
    )
    token = reader(record)
    answers = {query: ids(record.get(f"/{query}", token)) for query in FOUND_BY_CATEGORY}
    found = {q: sorted(each.partition("/")[2] for each in a) for q, a in answers.items()}
    assert found == FOUND_BY_CATEGORY


BAD_RESULT_PARAMETERS = {
    "_count": "x", "_sort": "code", "_total": "x", "_summary": "text", "_include": "x",
    "_revinclude": "x", "kind": "x", "_id": "a b", "_lastUpdated": "yesterday",
    "_has:Observation:patient": "x",
}  # fmt: skip


@pytest.mark.fault("B24")
def test_a_bad_value_is_not_called_an_unknown_parameter(record: Record) -> None:
    token = reader(record)
    for name, bad in BAD_RESULT_PARAMETERS.items():
        for value in (bad, ""):
            answer = record.get(f"/Observation?{name}={quote(value)}", token)
            assert answer.status_code == 400
            said = answer.get_json()["issue"][0]["diagnostics"]
            assert name in said and "unknown or" not in said


PAGED = (
    "/Observation", "/Patient/$everything", "/$records", "/$activity", "/Observation/a1/_history",
)  # fmt: skip


@pytest.mark.fault("3.28a")
@pytest.mark.parametrize("count", ["1000000", "0000001", "9" * 400])
def test_a_page_size_beyond_the_limit_is_cut_to_it(record: Record, count: str) -> None:
    token = record.fake.owner_token()
    statuses = [record.get(f"{path}?_count={count}", token).status_code for path in PAGED]
    assert statuses == [200] * len(PAGED)


@pytest.mark.fault("3.28i")
def test_lists_of_two_hundred_are_taken(record: Record) -> None:
    token = reader(record)
    for name in ("code", "_id", "patient", "performer", "date", "encounter"):
        one = {"date": "2024-03-01", "_id": "a1"}.get(name, "x")
        listed = ",".join([one] * 200)
        statuses = [
            record.get(f"/Observation?{name}={value}", token).status_code
            for value in (listed, f"{listed},{one}")
        ]
        assert statuses == [200, 400], name
    stated = record.get("/metadata").get_json()["rest"][0]["documentation"]
    assert "200" in stated


@pytest.mark.fault("3.28i")
def test_a_search_that_names_too_much_is_refused_and_does_not_break(record: Record) -> None:
    bare = ",".join(f"p{n}" for n in range(200))
    answer = record.get(f"/Observation?focus={bare}&focus={bare}", reader(record))
    assert answer.status_code == 400
    assert "give their types" in answer.get_json()["issue"][0]["diagnostics"]


VISIT = {
    "resourceType": "Encounter", "id": "e1", "status": "finished", "class": {"code": "AMB"},
    "subject": {"reference": "Patient/alice"},
    "diagnosis": [{"condition": {"reference": "Condition/c1"}}],
}  # fmt: skip
SPELLINGS = [
    "Condition/c1", "/Condition/c1", "c1", "Condition/c1/_history/2", "Condition%2Fc1",
    f"{BASE}/r/{RECORD}/Condition/c1", f"{BASE}/r/{RECORD}/Condition/c1/_history/1",
    f"{BASE}/Condition/c1", "urn:uuid:c1", "Condition/gone,Condition/c1", "urn:uuid:gone,c1",
]  # fmt: skip


@pytest.mark.fault("B12")
@pytest.mark.parametrize("name", ["diagnosis", "diagnosis:Condition"])
def test_every_spelling_of_a_reference_asks_for_the_same(record: Record, name: str) -> None:
    put(record.site.app.engine, RECORD, [VISIT])
    token = reader(record)
    for spelled in SPELLINGS:
        asked = f"/Encounter?{name}={quote(spelled)}"
        assert ids(record.get(asked, token)) == ["Encounter/e1"], spelled
        elsewhere = asked.replace("rs.localhost", "other.example")
        assert elsewhere == asked or ids(record.get(elsewhere, token)) == []


def test_a_type_that_contradicts_the_address_finds_nothing(record: Record) -> None:
    put(record.site.app.engine, RECORD, [VISIT])
    for query in ("diagnosis:Procedure=Condition/c1", "diagnosis:Procedure=c1", "diagnosis=%23c1"):
        assert ids(record.get(f"/Encounter?{query}", reader(record))) == []


ORDERS = [
    ",".join(order)
    for size in (1, 2, 3)
    for order in permutations(("date", "_id", "_lastUpdated"), size)
]
ORDERS += ["-date,_id", "date,-_id", "-_lastUpdated,date,-_id"]
LATER = ("n1", "n4", "v1")


def sort_value(resource: dict[str, Any], name: str) -> Any:
    if name == "_id":
        return resource["id"]
    if name == "date":
        return resource.get("effectiveDateTime", "")
    return resource["id"] in LATER


@pytest.mark.fault("3.13")
def test_pages_of_any_order_hold_everything_once_and_in_order(record: Record) -> None:
    days = ["2024-03-01", "2024-03-01", "2024-03-02", "2023", None]
    for number in range(10):
        day = days[number % len(days)]
        dated = {"effectiveDateTime": day} if day else {}
        pair = [
            observation(f"n{number * 7 % 10}", "Normal", **dated),
            labelled(observation(f"h{number}", "Hidden", **dated), "HIV"),
        ]
        put(record.site.app.engine, RECORD, pair)
    with writing(record.site.app.engine) as connection:
        later = f"UPDATE resource SET updated = updated + 1 WHERE id IN {LATER}"
        connection.execute(text(later))
    token = reader(record)
    for order in ORDERS:
        seen: list[dict[str, Any]] = []
        path = f"/Observation?_count=3&_sort={order}"
        while path:
            answer = record.get(path, token)
            assert answer.status_code == 200, (order, answer.get_json())
            page = answer.get_json()
            seen += [e["resource"] for e in page["entry"] if e["search"]["mode"] == "match"]
            following = [x["url"] for x in page["link"] if x["relation"] == "next"]
            path = following[0].split(RECORD, 1)[1] if following else ""
        assert len(seen) == len({each["id"] for each in seen}) == 12
        expected = list(seen)
        for word in reversed(order.split(",")):
            name = word.removeprefix("-")
            expected.sort(key=lambda e, n=name: sort_value(e, n), reverse=word != name)  # type: ignore[misc]
        assert [e["id"] for e in expected] == [e["id"] for e in seen], order


def test_an_order_that_makes_no_sense_is_refused(record: Record) -> None:
    for order in ("date,date", "_id,-_id", "date,code", "", ",", "date,"):
        assert record.get(f"/Observation?_sort={order}", reader(record)).status_code == 400


LAST_UPDATED = {
    "gt2001-09-09T01:46:40.100Z": ["a1"],
    "gt2001-09-09T01:46:40.900Z": [],
    "ge2001-09-09T01:46:40.900Z": ["a1"],
    "2001-09-09T01:46:40.9Z": ["a1"],
    "2001-09-09T01:46:40Z": ["a1", "v1"],
    "lt2001-09-09T01:46:40.900Z": ["v1"],
    "lt2001-09-09T01:46:40.5Z,gt2001-09-09T01:46:40.5Z": ["a1", "v1"],
}


@pytest.mark.fault("3.13")
def test_last_updated_is_compared_to_the_fraction(record: Record) -> None:
    with writing(record.site.app.engine) as connection:
        connection.execute(text("UPDATE resource SET updated = 1000000000900000 WHERE id = 'a1'"))
        connection.execute(text("UPDATE resource SET updated = 1000000000000000 WHERE id = 'v1'"))
    token = reader(record)
    answers = {q: ids(record.get(f"/Observation?_lastUpdated={q}", token)) for q in LAST_UPDATED}
    found = {q: [each.partition("/")[2] for each in answer] for q, answer in answers.items()}
    assert found == LAST_UPDATED


def test_every_type_takes_its_kind(record: Record) -> None:
    token = record.fake.owner_token()
    for type_, kinds in TYPE_KINDS.items():
        for kind in kinds:
            assert record.get(f"/{type_}?kind={kind}&_count=0", token).status_code == 200


def test_conditions_named_twice_are_both_asked(record: Record) -> None:
    put(record.site.app.engine, RECORD, [condition("c9", "Gout", "90560007")])
    found = ids(record.get("/Condition?code=90560007,44054006&_id=c9", reader(record)))
    assert found == ["Condition/c9"]


ONE_DAY = {
    "n17": "2024-03-01T17:00:00Z", "n08": "2024-03-01T08:00:00Z",
    "n28": "2024-03-01T23:30:00-05:00", "n12": "2024-03-01T12:00:00Z",
    "n00": "2024-03-01", "none": "", "n12b": "2024-03-01T12:00:00.1234567890123Z",
    "n12c": "2024-03-01T14:00:00.2+02:00",
}  # fmt: skip
AS_IT_HAPPENED = ["none", "n00", "n08", "n12", "n12b", "n12c", "n17", "n28"]


@pytest.mark.fault("3.13")
@pytest.mark.fault("3.28h")
def test_the_order_is_that_of_moments_not_of_days_as_written(record: Record) -> None:
    day = {id_: {"effectiveDateTime": at} if at else {} for id_, at in ONE_DAY.items()}
    put(record.site.app.engine, RECORD, [observation(i, "P", **more) for i, more in day.items()])
    token, listed = reader(record), ",".join(ONE_DAY)
    for sort, expected in (("date", AS_IT_HAPPENED), ("-date", AS_IT_HAPPENED[::-1])):
        for size in (1, 3, 100):
            found, path = [], f"/Observation?_id={listed}&_sort={sort}&_count={size}"
            while path:
                page = record.get(path, token).get_json()
                found += [e["resource"]["id"] for e in page["entry"] if "id" in e["resource"]]
                following = [x["url"] for x in page["link"] if x["relation"] == "next"]
                path = following[0].split(RECORD, 1)[1] if following else ""
            assert found == expected, (sort, size)


@pytest.mark.fault("3.28h")
def test_a_time_of_many_digits_is_inside_a_dated_share(record: Record) -> None:
    at = "2024-03-01T12:00:00.1234567890Z"
    put(record.site.app.engine, RECORD, [observation("n1", "P", effectiveDateTime=at)])
    rpt = record.rpt("Observation", "results", "conf/N", since="2024-02-01", until="2024-03-31")
    assert record.get("/Observation/n1", rpt).status_code == 200


@pytest.mark.fault("3.13")
def test_a_limit_by_date_holds_in_both_zones(record: Record) -> None:
    late, early = "2024-03-31T23:30:00-05:00", "2024-04-01T00:30:00+02:00"
    made = [observation("late", "P", effectiveDateTime=late),
            observation("early", "P", effectiveDateTime=early)]  # fmt: skip
    put(record.site.app.engine, RECORD, made)
    for limits in ({"until": "2024-03-31"}, {"since": "2024-04-01"}):
        rpt = record.rpt("Observation", "results", "conf/N", **limits)
        for id_ in ("late", "early"):
            assert record.get(f"/Observation/{id_}", rpt).status_code == 404
    rpt = record.rpt("Observation", "results", "conf/N", since="2024-03-31", until="2024-04-01")
    assert {record.get(f"/Observation/{i}", rpt).status_code for i in ("late", "early")} == {200}


@pytest.mark.fault("B23")
def test_what_does_not_fit_on_a_page_is_not_left_out_in_silence(
    record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    many = [observation(f"n{number}", "P") for number in range(3)]
    put(record.site.app.engine, RECORD, many)
    path = "/Patient?_revinclude=Observation:subject"
    for most, warned in ((4, True), (5, False)):
        monkeypatch.setattr("fhir_rs.models.includes.MAX_JOINED", most)
        answer = record.get(path, reader(record))
        assert len(ids(answer, "include")) == most
        assert _warned(answer) is warned
    # For the owner there is one more.
    answer = record.get(path, record.fake.owner_token())
    assert len(ids(answer, "include")) == 5 and _warned(answer)


def _warned(answer: TestResponse) -> bool:
    outcomes = [
        e["resource"] for e in answer.get_json()["entry"] if e["search"]["mode"] == "outcome"
    ]
    return any(issue["code"] == "too-costly" for one in outcomes for issue in one["issue"])
