"""What is withheld leaves no trace in any answer that only reads (attack catalogue FH)."""

from __future__ import annotations

import base64
import re
from typing import Any

import pytest

from tests.attacks.fhir_record import CANARY, WITHHELD, following, reader, settled, shape
from tests.fhir_rs.endpoints.conftest import Record, ids
from tests.fhir_rs.protected import RECORD
from tests.fhir_rs.store import everything, observation, put

__all__ = ["settled"]
TICKET = re.compile(r'ticket="[^"]+"|"valueString":"[^"]+"')
INTERACTIONS = ["", "/_history", "/_history/1", "/_history/2"]


def challenge(record: Record, method: str, path: str, **more: Any) -> tuple[int, str, str]:
    answer = record.call(method, path, **more)
    headers = {k: v for k, v in answer.headers if k != "Content-Length"}
    return (
        answer.status_code,
        TICKET.sub("", str(sorted(headers.items()))),
        TICKET.sub("", answer.get_data(as_text=True)),
    )


@pytest.mark.attack("FH-04")
@pytest.mark.attack("FH-03")
@pytest.mark.parametrize("rest", INTERACTIONS)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_stranger_sees_the_interaction_and_never_the_resource(
    settled: Record, method: str, rest: str
) -> None:
    of = ("Observation/a1", "Observation/s1", "Observation/v1", "Observation/none")
    assert len({challenge(settled, method, f"/{each}{rest}") for each in of}) == 1
    of = ("Condition/c1", "Condition/hid", "Condition/pick", "Condition/none")
    assert len({challenge(settled, method, f"/{each}{rest}") for each in of}) == 1


@pytest.mark.attack("FH-04")
@pytest.mark.attack("FH-56")
def test_a_ticket_asks_the_same_whatever_is_there(settled: Record) -> None:
    asked = []
    for id_ in ("a1", "s1", "none"):
        settled.get(f"/Observation/{id_}")
        asked.append(settled.fake.tickets[-1])
    assert asked[0] == asked[1] == asked[2]


@pytest.mark.attack("FH-03")
@pytest.mark.attack("FH-05")
@pytest.mark.attack("FH-53")
@pytest.mark.spec("FS-25")
@pytest.mark.spec("FS-34")
@pytest.mark.parametrize("address", WITHHELD)
@pytest.mark.parametrize(
    "headers",
    [{}, {"If-None-Match": 'W/"1"'}, {"If-None-Match": "*"}, {"If-Match": 'W/"1"'},
     {"If-Modified-Since": "Thu, 01 Jan 2099 00:00:00 GMT"}, {"Range": "bytes=0-10"},
     {"Accept": "application/xml"}],
)  # fmt: skip
def test_withheld_is_absent_byte_for_byte(
    settled: Record, address: str, headers: dict[str, str]
) -> None:
    rpt = reader(settled)
    type_ = address.partition("/")[0]
    for method in ("GET", "HEAD"):
        for rest in ("", "/_history", "/_history/1"):
            withheld = settled.call(method, f"/{address}{rest}", rpt, headers=headers)
            absent = settled.call(method, f"/{type_}/none{rest}", rpt, headers=headers)
            assert shape(withheld) == shape(absent)
            assert withheld.status_code == (406 if "Accept" in headers else 404)


QUERIES = [
    "/Observation", "/Observation?_count=1", "/Observation?_summary=count", "/Observation?_count=0",
    "/Observation?_total=none", "/Observation?_sort=-date", "/Observation?_sort=-_lastUpdated",
    "/Observation?_id=s1,s2,a2", "/Observation?identifier=lab-77",
    "/Observation?identifier=%7Clab-77", "/Observation?_include=Observation:subject",
    "/Observation?_include=Observation:focus", "/Condition", "/Condition?code=38341003",
    "/Condition?_lastUpdated=gt2000", "/Encounter?_include=Encounter:diagnosis",
    "/Encounter?diagnosis=Condition/hid", "/Encounter?diagnosis:Condition.code=38341003",
    "/Patient?_revinclude=Condition:subject", "/Patient?_revinclude=Observation:subject",
    "/Patient?_has:Observation:patient:identifier=lab-77",
    "/Patient?_has:Condition:patient:code=38341003", 
    "/Condition?_has:Encounter:diagnosis:status=finished",
    "/Observation?_revinclude=Provenance:target&_id=a1", "/Provenance?target=Observation/s1",
    "/Practitioner", "/Patient/$everything", "/Patient/$everything?_since=2000",
    "/Patient/$everything?_type=Observation,Condition,Encounter&_count=2",
    "/DocumentReference", "/Binary", "/Encounter/e1", "/Observation/x1", "/Patient/alice",
]  # fmt: skip


@pytest.mark.attack("P-3")
@pytest.mark.attack("FH-10")
@pytest.mark.attack("FH-14")
@pytest.mark.attack("FH-17")
@pytest.mark.attack("FH-20")
@pytest.mark.attack("FH-23")
@pytest.mark.attack("FH-31")
@pytest.mark.spec("FS-29")
@pytest.mark.spec("FS-31")
@pytest.mark.spec("FS-32")
@pytest.mark.spec("FS-85")
@pytest.mark.parametrize("path", QUERIES)
def test_no_canary_in_any_answer(settled: Record, path: str) -> None:
    rpt = reader(settled)
    url: str | None = path
    while url:
        answer = settled.get(url, rpt)
        assert answer.status_code in (200, 404)
        assert CANARY.encode() not in answer.get_data(), answer.get_data(as_text=True)
        assert CANARY not in str(answer.headers)
        bundle = answer.status_code == 200 and "link" in answer.get_json()
        url = following(answer) if bundle else None


@pytest.mark.attack("FH-31")
def test_the_display_of_what_is_shown_stays(settled: Record) -> None:
    visit = settled.get("/Encounter/e1", reader(settled)).get_json()
    names = [each["condition"].get("display") for each in visit["diagnosis"]]
    assert names == [None, "Diabetes"]
    whole = settled.get("/Encounter/e1", settled.fake.owner_token()).get_json()
    assert CANARY in whole["diagnosis"][0]["condition"]["display"]


@pytest.mark.attack("FH-11")
@pytest.mark.parametrize(
    "path",
    [
        "/Patient?_has:Observation:patient:_has:Provenance:target:recorded=2024",
        "/Patient?_has:Nothing:patient:code=x", "/Patient?_has:Observation:nope:code=x",
        "/Observation?subject.link.name=x", "/Observation?subject:Patient.link:Patient.name=x",
        "/Observation?_include:iterate=Observation:subject", "/Observation?_include=*",
        "/Observation?_revinclude=*", "/Patient?_revinclude=Observation:*",
    ],
)  # fmt: skip
def test_deeper_joins_are_refused_before_they_look(settled: Record, path: str) -> None:
    assert settled.get(path, reader(settled)).status_code == 400
    assert settled.get(path).status_code == 400


@pytest.mark.attack("FH-11")
@pytest.mark.attack("FH-19")
def test_a_join_over_a_type_without_permission_finds_nothing(settled: Record) -> None:
    only = settled.rpt("Patient", "about", "conf/N")
    for code in ("44054006", "38341003", "no-such"):
        answer = settled.get(f"/Patient?_has:Condition:patient:code={code}", only)
        assert ids(answer) == []
        assert answer.get_json()["total"] == 0
    back = settled.get("/Patient?_revinclude=Condition:subject", only)
    assert ids(back, "include") == []
    results = settled.rpt("Observation", "results", "conf/N")
    assert ids(settled.get("/Observation?subject.name=Alice", results)) == []


@pytest.mark.attack("FH-16")
@pytest.mark.parametrize(
    "name", ["%25", "_lice", "A%25", "%5C%25", "%25lice", "a_i", "*", "Alice%00"]
)
def test_wildcards_are_letters(settled: Record, name: str) -> None:
    answer = settled.get(f"/Patient?name={name}", reader(settled))
    assert answer.status_code == 400 or ids(answer) == []


@pytest.mark.attack("FH-16")
@pytest.mark.parametrize(
    "modifier",
    ["text", "in", "not-in", "above", "below", "of-type", "not", "missing", "contains", "exact",
     "identifier", "Nothing"],
)  # fmt: skip
def test_modifiers_that_are_not_offered_are_400(settled: Record, modifier: str) -> None:
    for parameter in ("code", "subject", "identifier"):
        path = f"/Observation?{parameter}:{modifier}=x"
        assert settled.get(path, reader(settled)).status_code == 400
        lenient = {"Prefer": "handling=lenient"}
        assert settled.get(path, reader(settled), headers=lenient).status_code == 400


@pytest.mark.attack("FH-26")
def test_a_file_is_behind_the_permission_of_what_points_at_it(settled: Record) -> None:
    documents = settled.rpt("DocumentReference", "documents", "conf/N")
    assert settled.get("/Binary/b1", documents).status_code == 200
    conditions = settled.rpt("Condition", "conditions", "conf/N")
    assert settled.get("/Binary/b1", conditions).status_code == 401
    assert settled.get("/Binary/b1").status_code == 401


@pytest.mark.attack("FH-25")
def test_links_between_people_are_not_followed(settled: Record) -> None:
    answer = settled.get("/Patient?_include=Patient:link", reader(settled))
    assert ids(answer, "include") == []


@pytest.mark.attack("FH-32")
@pytest.mark.parametrize("query", ["_elements=subject", "_summary=text", "_summary=data",
                                   "_summary=true"])  # fmt: skip
def test_partial_views_are_refused_in_searches(settled: Record, query: str) -> None:
    rpt = reader(settled)
    assert settled.get(f"/Observation?{query}", rpt).status_code == 400
    assert settled.get(f"/Observation/s1?{query}", rpt).status_code == 404


@pytest.mark.attack("FH-66")
@pytest.mark.attack("P-1")
def test_a_cursor_says_nothing_of_the_rows_between(settled: Record) -> None:
    """Row numbers of two pages would count what is hidden between them."""
    path = following(settled.get("/Observation?_count=1&_sort=-date", reader(settled)))
    assert path is not None
    cursor = path.split("_cursor=")[1]
    for part in cursor.split("."):
        raw = base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
        assert not re.search(rb'"row"|,\d+\]|\d{4}-\d\d', raw), raw


@pytest.mark.attack("FH-64")
def test_a_next_page_is_filtered_for_whoever_asks(settled: Record) -> None:
    rpt = reader(settled, "sens/HIV", "sens/ETH")
    path: str | None = "/Observation?_count=1"
    pages = []
    while path:
        answer = settled.get(path, rpt)
        pages.append(path)
        path = following(answer)
    assert len(pages) > 3
    for page in pages[1:]:
        assert settled.get(page).status_code == 401
        # The same person with less scope: filtered anew. Somebody else: not theirs.
        less = settled.get(page, reader(settled))
        assert less.status_code == 200 and CANARY.encode() not in less.get_data()
        other = settled.fake.rpt(everything(settled.fake, "conf/N"), client_id="other-app")
        assert settled.get(page, other).status_code == 400
        assert settled.get(page.replace("/Observation", "/Condition"), rpt).status_code == 400


@pytest.mark.attack("FH-67")
def test_no_cache_keeps_an_answer(settled: Record) -> None:
    for path in ("/Observation/a1", "/Observation", "/Observation/s1", "/Nothing/x"):
        answer = settled.get(path, reader(settled))
        assert answer.headers["Cache-Control"] == "no-store"
        assert "Authorization" in answer.headers["Vary"]


@pytest.mark.attack("FH-52")
@pytest.mark.spec("FS-13")
def test_refusals_come_from_a_few_fixed_texts(settled: Record) -> None:
    texts = set()
    for address in WITHHELD:
        for token in (None, reader(settled), "garbage"):
            outcome = settled.get(f"/{address}", token).get_json()
            texts.update(issue["diagnostics"] for issue in outcome["issue"])
            assert not re.search("HIV|ETH|SUD|PSY|hidden|withheld", str(outcome["issue"]))
    assert len(texts) <= 3


@pytest.mark.spec("FS-11")
@pytest.mark.spec("FS-12")
@pytest.mark.spec("FS-40")
def test_a_bundle_is_marked_by_what_is_in_it_alone(settled: Record) -> None:
    body = settled.get("/Observation", reader(settled)).get_json()
    assert [each["code"] for each in body["meta"]["security"]] == ["N"]
    lifted = settled.get("/Observation", reader(settled, "sens/HIV")).get_json()
    assert [each["code"] for each in lifted["meta"]["security"]] == ["R"]
    for found in (body, lifted):
        assert not re.search("MASK|REDACT|NODSCLCD|SUBSETTED", str(found["meta"]))


@pytest.mark.attack("FH-50")
@pytest.mark.attack("FH-49")
def test_the_neutral_line_is_there_for_all_and_names_nothing(settled: Record) -> None:
    rpt = reader(settled)
    lines = set()
    for path in ("/Observation", "/Immunization", "/Condition", "/Patient/$everything"):
        entries = settled.get(path, rpt).get_json()["entry"]
        outcomes = [e["resource"] for e in entries if e["search"]["mode"] == "outcome"]
        lines.add(str(outcomes))
    assert len(lines) == 1


@pytest.mark.attack("FH-83")
def test_forwarding_headers_move_nothing(settled: Record) -> None:
    moved = {
        "X-Original-URL": "/fhir/metadata", "X-Rewrite-URL": "/fhir/metadata",
        "Forwarded": "host=evil.test", "X-Forwarded-Host": "evil.test",
        "X-Forwarded-Prefix": "/evil", "X-Forwarded-Proto": "gopher", "Host": "evil.test",
    }  # fmt: skip
    rpt = reader(settled)
    plain = settled.get("/Observation?_count=1", rpt)
    forwarded = settled.get("/Observation?_count=1", rpt, headers=moved)
    assert "evil" not in forwarded.get_data(as_text=True)
    first, second = plain.get_json(), forwarded.get_json()
    assert first["entry"] == second["entry"]
    assert first["link"][0] == second["link"][0]


@pytest.mark.attack("FH-82")
@pytest.mark.parametrize("method", ["DELETE", "PATCH", "TRACE", "CONNECT", "PROPFIND", "LINK"])
def test_other_methods_do_not_exist(settled: Record, method: str) -> None:
    override = {"X-HTTP-Method-Override": "GET", "X-HTTP-Method": "GET"}
    for id_ in ("a1", "s1", "none"):
        answer = settled.call(
            method, f"/Observation/{id_}?_method=GET", reader(settled), headers=override
        )
        assert answer.status_code == 405


@pytest.mark.attack("FH-86")
@pytest.mark.parametrize(
    "id_",
    ["a1%0a", "a1%0A", "x" * 65, "%D9%A1", "%F0%9F%98%80", "a1%00", "a1%20", "a1%2e",
     "..%2fCondition%2fc1", "a1;x=1", "a1%3Bx", "a1/"],
)  # fmt: skip
def test_other_spellings_of_an_id_find_nothing(settled: Record, id_: str) -> None:
    assert settled.get(f"/Observation/{id_}", reader(settled)).status_code in (400, 404)


@pytest.mark.attack("FH-88")
@pytest.mark.attack("FH-89")
@pytest.mark.attack("P-13")
@pytest.mark.parametrize(
    "query",
    [
        "date=" + "9" * 900, "date=eq2024-02-30", "date=0000-01-01", "date=ap2024",
        "date=2024-01-01T25:00:00Z", "date=%ED%A0%80", "date=2024%00", "date=",
        "date=9999-12-31T23:59:59-14:00", "date=0001-01-01T00:00:00%2B14:00",
        "_lastUpdated=gt0001-01-01T00:00:00%2B14:00", "code=" + "s" * 10_000 + "|x",
        "code=" + ",".join("a" for _ in range(1000)), "code=a|b|c", "code=%5C", "code=%5C%5C,",
        "code=%24", "code=|", "_id=", "_id=a,,b", "_count=-1", "_count=1e9", "_count=%D9%A1",
        "_count=99999999", "_cursor=", "_cursor=AAAA", "_cursor=%FF", "_sort=", "kind=", "kind=x",
        "subject=", "subject=//evil/Patient/alice", "subject=Patient/", "subject=Patient/alice/x",
        "name%00=x", "=x", "&&&&", "status=final&" * 40, "_lastUpdated=", "_since=x", "_format=xml",
        "%FF=%FF", "date=ge" + "2024-01-01" * 20,
    ],
)  # fmt: skip
def test_odd_values_get_a_declared_answer(settled: Record, query: str) -> None:
    answer = settled.get(f"/Observation?{query}", reader(settled))
    assert answer.status_code in ((406,) if query == "_format=xml" else (200, 400))
    assert CANARY.encode() not in answer.get_data()


@pytest.mark.attack("FH-89")
def test_escapes_are_undone_once(settled: Record) -> None:
    rpt = reader(settled)
    assert ids(settled.get("/Condition?code=http://snomed.info/sct%7C44054006", rpt)) == [
        "Condition/c1"
    ]
    assert ids(settled.get("/Condition?code=44054006%5C,x", rpt)) == []
    assert ids(settled.get("/Condition?code=x,44054006", rpt)) == ["Condition/c1"]


@pytest.mark.attack("DOS-08")
def test_a_page_has_an_upper_size(settled: Record) -> None:
    many = [observation(f"n{number}", "Normal") for number in range(505)]
    put(settled.site.app.engine, RECORD, many)
    for wanted in ("999999", "1000000000"):
        answer = settled.get(f"/Observation?_count={wanted}", reader(settled))
        assert len(ids(answer)) == 500
    for bad in ("-1", "0x10"):
        assert settled.get(f"/Observation?_count={bad}", reader(settled)).status_code == 400


@pytest.mark.attack("FH-29")
@pytest.mark.parametrize("path", ["/$export", "/$graphql", "/Patient/$match", "/Observation/$lastn",
                                  "/Observation/$stats", "/Patient/alice/$meta", "/$meta",
                                  "/Observation/s1/$meta", "/Observation/$validate", "/_history",
                                  "/Observation/_history", "/metadata/x"])  # fmt: skip
@pytest.mark.attack("FH-62")
def test_operations_that_do_not_exist_depend_on_nothing(settled: Record, path: str) -> None:
    with_token, without = settled.get(path, reader(settled)), settled.get(path)
    assert with_token.status_code in (404, 405)
    assert without.status_code in (401, 404, 405)


@pytest.mark.attack("FH-01")
def test_a_record_of_somebody_else_is_another_world(settled: Record) -> None:
    rpt = reader(settled)
    assert RECORD not in settled.site.client.get(
        "/fhir/r/UnlinkedRec-0123456789/Observation/a1", headers={"Authorization": f"Bearer {rpt}"}
    ).get_data(as_text=True)
