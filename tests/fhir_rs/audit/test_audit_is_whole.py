"""One audit entry for each request that bore a token that is good here, whatever came of it."""

from __future__ import annotations

import base64
import json
from typing import Any, NamedTuple

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError
from sqlmodel import col

from fhir_rs.audit.chain import Draft
from fhir_rs.audit.refused import AuditUnavailable
from fhir_rs.db import reading
from fhir_rs.models.challenge_count import ChallengeCount
from heart_ground.token_bucket import TokenBucket
from tests.fhir_rs.endpoints.conftest import Record, record
from tests.fhir_rs.endpoints.test_batch import bundle
from tests.fhir_rs.endpoints.test_writing import body
from tests.fhir_rs.protected import RECORD, bare, fake, site
from tests.fhir_rs.store import condition, everything, observation, put

__all__ = ["bare", "fake", "record", "site"]
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
FORM_TOO_LARGE = "x=" + "y" * 70_000
BAD = {"resourceType": "Observation"}
STALE = {"If-Match": 'W/"9"'}
KNOWN = {"If-None-Match": 'W/"1"'}
CODED = {"If-None-Exist": "code:in=x"}
SEVERAL = {"If-None-Exist": "status=final"}
ONE = {"If-None-Exist": "_id=a1"}
LEVELS = {"level": "pick", "ids": ["Condition/c1"]}
MISSING = {"id": "Condition/c1", "topic": "HIV", "wanted": "add", "reason": ""}


class Case(NamedTuple):
    """A request to the record, the status it is answered with, and the outcome of its entry."""

    rule: str
    method: str
    path: str
    status: int
    outcome: str | None
    more: dict[str, Any] = {}
    who: str = "all"


_A1 = "/<type_>/<id_>"
_HISTORY = "/<type_>/<id_>/_history"
_ALL = "/Patient/$everything"
CASES = [
    Case(_A1, "GET", "/Observation/a1", 200, "shown"),
    Case(_A1, "HEAD", "/Observation/a1", 200, "shown"),
    Case(_A1, "GET", "/Observation/a1", 304, "confirmed", {"headers": KNOWN}),
    Case(_A1, "GET", "/Observation/gone", 404, "nothing"),
    Case(_A1, "GET", "/Observation/a1", 406, "refused", {"headers": {"Accept": "text/html"}}),
    Case(_A1, "GET", "/Observation/a2", 404, "nothing"),
    Case(_A1, "GET", "/Nonsense/a1", 404, "refused"),
    Case(_A1, "GET", "/Condition/c1", 401, "turned_away", {}, "results"),
    Case(f"{_HISTORY}/<vid>", "GET", "/Observation/a1/_history/1", 200, "shown"),
    Case(f"{_HISTORY}/<vid>", "GET", "/Observation/a1/_history/7", 404, "nothing"),
    Case(f"{_HISTORY}/<vid>", "GET", "/Nonsense/a1/_history/7", 404, "refused"),
    Case(_HISTORY, "GET", "/Observation/a1/_history", 200, "shown"),
    Case(_HISTORY, "GET", "/Observation/gone/_history", 404, "nothing"),
    Case(_HISTORY, "GET", "/Observation/a1/_history?_nope=1", 400, "refused"),
    Case("/<type_>", "GET", "/Observation", 200, "shown"),
    Case("/<type_>", "GET", "/Observation?code=nope", 200, "nothing"),
    Case("/<type_>", "GET", "/Observation?code=nope&_summary=count", 200, "counted"),
    Case("/<type_>", "GET", "/Observation?_summary=count", 200, "counted"),
    Case("/<type_>", "GET", "/Observation?_count=0", 200, "counted"),
    Case("/<type_>", "GET", "/Observation?code:in=x", 400, "refused"),
    Case("/<type_>", "GET", "/Observation?_cursor=x", 400, "refused"),
    Case("/<type_>", "GET", "/Nonsense", 404, "refused"),
    Case("/<type_>", "GET", "/Observation?x=%00", 400, "refused"),
    Case("/<type_>", "GET", "/Condition", 401, "turned_away", {}, "results"),
    Case("/<type_>/_search", "POST", "/Observation/_search", 200, "shown"),
    Case("/<type_>/_search", "POST", "/Observation/_search", 200, "counted",
         {"data": "_count=0", "headers": FORM}),
    Case("/<type_>/_search", "POST", "/Observation/_search", 415, "refused", {"json": {}}),
    Case("/<type_>/_search", "POST", "/Observation/_search", 413, "refused",
         {"data": FORM_TOO_LARGE, "headers": FORM}),
    Case(_ALL, "GET", _ALL, 200, "shown"),
    Case(_ALL, "GET", f"{_ALL}?_since=2999", 200, "nothing"),
    Case(_ALL, "GET", f"{_ALL}?_count=0", 200, "counted"),
    Case(_ALL, "GET", f"{_ALL}?_type=Nonsense", 400, "refused"),
    Case(_ALL, "GET", f"{_ALL}?_since=x", 400, "refused"),
    Case(_ALL, "GET", f"{_ALL}?_cursor=x", 400, "refused"),
    Case(_ALL, "GET", f"{_ALL}?_type=Condition", 401, "turned_away", {}, "results"),
    Case("/Patient/<id_>/$everything", "GET", "/Patient/alice/$everything", 200, "shown"),
    Case("/Patient/<id_>/$everything", "GET", "/Patient/dora/$everything", 404, "nothing"),
    Case("/<type_>", "POST", "/Observation", 201, "shown", {"json": body()}),
    Case("/<type_>", "POST", "/Observation", 400, "refused", {"data": "{"}),
    Case("/<type_>", "POST", "/Observation", 400, "refused", {"json": BAD}),
    Case("/<type_>", "POST", "/Observation", 415, "refused",
         {"data": "x", "headers": {"Content-Type": "text/plain"}}),
    Case("/<type_>", "POST", "/Observation", 422, "refused",
         {"json": body(subject={"reference": "Patient/dora"})}),
    Case("/<type_>", "POST", "/Patient", 403, "refused", {"json": {"resourceType": "Patient"}}),
    Case("/<type_>", "POST", "/Observation", 412, "refused", {"json": body(), "headers": SEVERAL}),
    Case("/<type_>", "POST", "/Observation", 400, "refused", {"json": body(), "headers": CODED}),
    Case("/<type_>", "POST", "/Observation", 200, "shown", {"json": body(), "headers": ONE}),
    Case("/<type_>", "POST", "/Observation", 401, "turned_away", {"json": body()}, "results"),
    Case(_A1, "PUT", "/Observation/a1", 200, "shown", {"json": observation("a1", "HbA1c", 8)}),
    Case(_A1, "PUT", "/Observation/a1", 412, "refused",
         {"json": observation("a1", "HbA1c", 8), "headers": STALE}),
    Case(_A1, "PUT", "/Observation/gone", 404, "nothing", {"json": observation("gone", "x")}),
    Case(_A1, "PUT", "/Observation/a1", 400, "refused", {"json": observation("a2", "x")}),
    Case(_A1, "PUT", "/Observation/a1", 422, "refused",
         {"json": observation("a1", "x", subject={"reference": "Patient/dora"})}),
    Case("", "POST", "", 400, "refused", {"json": {"resourceType": "Bundle"}}),
    Case("/", "POST", "/", 400, "refused", {"json": []}),
    Case("/$preview", "POST", "/$preview", 200, "shown", {"json": {"permissions": []}}, "owner"),
    Case("/$preview", "POST", "/$preview", 400, "refused", {"json": {}}, "owner"),
    Case("/$preview", "POST", "/$preview", 401, "refused", {"json": {}}),
    Case("/$previews", "POST", "/$previews", 200, "shown", {"json": {"previews": []}}, "owner"),
    Case("/$previews", "POST", "/$previews", 400, "refused", {"json": {}}, "owner"),
    Case("/$previews", "POST", "/$previews", 401, "refused", {"json": {}}),
    Case("/$shown-to", "POST", "/$shown-to", 200, "shown",
         {"json": {"id": "Condition/c1", "parties": [[]]}}, "owner"),
    Case("/$shown-to", "POST", "/$shown-to", 404, "refused",
         {"json": {"id": "Condition/gone", "parties": []}}, "owner"),
    Case("/$shown-to", "POST", "/$shown-to", 401, "refused", {"json": {}}),
    Case("/$labels", "POST", "/$labels", 200, "shown", {"json": MISSING}, "owner"),
    Case("/$labels", "POST", "/$labels", 404, "refused",
         {"json": MISSING | {"id": "Condition/gone"}}, "owner"),
    Case("/$labels", "POST", "/$labels", 401, "refused", {"json": MISSING}),
    Case("/$labels", "GET", "/$labels", 200, "nothing", {}, "owner"),
    Case("/$labels", "GET", "/$labels", 401, "refused"),
    Case("/$level", "POST", "/$level", 200, "shown", {"json": LEVELS}, "owner"),
    Case("/$level", "POST", "/$level", 404, "refused",
         {"json": LEVELS | {"ids": ["Condition/gone"]}}, "owner"),
    Case("/$level", "POST", "/$level", 401, "refused", {"json": LEVELS}),
    Case("/$records", "GET", "/$records", 200, "shown", {}, "owner"),
    Case("/$records", "GET", "/$records?kind=nope", 400, "refused", {}, "owner"),
    Case("/$records", "GET", "/$records", 401, "refused"),
    Case("/$activity", "GET", "/$activity", 200, "nothing", {}, "owner"),
    Case("/$activity", "GET", "/$activity?actor=nope", 400, "refused", {}, "owner"),
    Case("/$activity", "GET", "/$activity", 401, "refused"),
    # No endpoint at all, and a method that is not there: still somebody with a key.
    Case("-", "DELETE", "/Observation/a1", 405, "refused"),
    Case("-", "GET", "/a/b/c/d/e/f", 404, "refused"),
]  # fmt: skip


def key_of(record: Record, who: str) -> str:
    fake = record.fake
    if who == "owner":
        return fake.owner_token()
    if who == "results":
        return record.rpt("Observation", "results", "conf/N")
    writes = everything(fake, "conf/N", action="write")
    return fake.rpt([*everything(fake, "conf/N"), *writes])


def told(entry: Any) -> dict[str, str]:
    event = json.loads(entry.event)
    return {d["type"]: d["valueString"] for d in event["entity"][0]["detail"]}


FAULTS = {"counted": ["B6"], "confirmed": ["B7"], "refused": ["B7"]}
"""The outcomes that had no entry, or one that was not true."""


def marked(case: Case) -> Any:
    marks = [pytest.mark.fault(each) for each in FAULTS.get(str(case.outcome), ())]
    return pytest.param(case, marks=marks, id=" ".join(map(str, (*case[1:4], case.who))))


@pytest.mark.attack("P-5")
@pytest.mark.parametrize("case", [marked(case) for case in CASES])
def test_one_entry_for_each_request_with_a_good_token(record: Record, case: Case) -> None:
    put(record.site.app.engine, RECORD, [observation("a3", "HbA1c")])
    answer = record.call(case.method, case.path, key_of(record, case.who), **case.more)
    assert answer.status_code == case.status, answer.get_data(as_text=True)
    entries = record.site.audited()
    assert [entry.outcome for entry in entries] == [case.outcome]
    event = json.loads(entries[0].event)
    assert event["outcome"] == ("4" if case.outcome in ("refused", "turned_away") else "0")
    if case.outcome == "refused":
        assert told(entries[0])["status"] == str(case.status)
        assert told(entries[0])["count"] == "0"


def test_no_entry_without_a_good_token(record: Record) -> None:
    for case in CASES:
        for token in (None, "abc", record.fake.rpt(None)):
            record.call(case.method, case.path, token, **case.more)
    assert record.site.audited() == []


def test_every_address_of_a_record_is_tried_with_success_and_with_refusal(record: Record) -> None:
    below = "/fhir/r/<record>"
    rules = {
        (method, rule.rule.removeprefix(below))
        for rule in record.site.app.url_map.iter_rules()
        if rule.rule.startswith(below) and not rule.rule.endswith(("/Probe", "/metadata"))
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    refused = {(c.method, c.rule) for c in CASES if c.status >= 400}
    done = {(c.method, c.rule) for c in CASES if c.status < 400} | {("POST", ""), ("POST", "/")}
    assert rules - refused == rules - done == set()


@pytest.mark.fault("B6")
@pytest.mark.parametrize(
    ("query", "outcome", "said"),
    [
        ("", "shown", {"count": "2", "kind:results": "1", "kind:vitals": "1", "total": "2"}),
        ("_count=1", "shown", {"count": "1", "kind:results": "1", "total": "2"}),
        ("_count=1&_total=none", "shown", {"count": "1", "kind:results": "1"}),
        ("_count=0", "counted", {"count": "2", "kind:results": "1", "kind:vitals": "1"}),
        ("_summary=count", "counted", {"count": "2", "kind:results": "1", "kind:vitals": "1"}),
        ("_summary=count&code=nope", "counted", {"count": "0"}),
        ("code=nope", "nothing", {"count": "0", "total": "0"}),
    ],
)
def test_an_entry_says_what_was_told(
    record: Record, query: str, outcome: str, said: dict[str, str]
) -> None:
    answer = record.get(f"/Observation?{query}", key_of(record, "all"))
    (entry,) = record.site.audited()
    assert entry.outcome == outcome
    assert said.items() <= told(entry).items()
    assert ("total" in answer.get_json()) == ("total" in told(entry))
    seen = record.get("/$activity", record.fake.owner_token()).get_json()["entries"][0]
    assert (seen["outcome"], seen["what"]["count"]) == (outcome, int(said["count"]))
    assert seen["total"] == answer.get_json().get("total")


@pytest.mark.fault("B7")
def test_a_refused_conditional_search_names_its_status_to_the_owner(record: Record) -> None:
    put(record.site.app.engine, RECORD, [observation("a3", "HbA1c")])
    sent = {"json": body(), "headers": SEVERAL}
    record.call("POST", "/Observation", key_of(record, "all"), **sent)
    seen = record.get("/$activity", record.fake.owner_token()).get_json()["entries"][0]
    assert (seen["outcome"], seen["status"], seen["what"]["interaction"]) == (
        "refused", 412, "create",
    )  # fmt: skip
    assert seen["who"]["name"] == "Dr. Bob Chen"


@pytest.mark.fault("B7")
def test_the_request_of_a_refusal_is_kept_without_tokens(record: Record) -> None:
    token = key_of(record, "all")
    record.get(f"/Observation?code:in=x&access_token={token}", token)
    (entry,) = record.site.audited()
    query = base64.b64decode(json.loads(entry.event)["entity"][0]["query"]).decode()
    assert "code:in=x" in query and token not in entry.event and "eyJ" not in query


@pytest.mark.fault("B7")
def test_each_entry_of_a_batch_has_its_own_entry(record: Record) -> None:
    token = key_of(record, "all")
    sent = bundle(
        "batch",
        ("GET", "Observation/a1", None),
        ("GET", "Observation?_count=0", None),
        ("GET", "Observation/gone", None),
        ("GET", "Observation?code:in=x", None),
        ("POST", "Observation", BAD),
        ("POST", "Observation", body()),
    )
    assert record.call("POST", "", token, json=sent).status_code == 200
    outcomes = ["shown", "counted", "nothing", "refused", "refused", "shown"]
    assert [entry.outcome for entry in record.site.audited()] == outcomes


@pytest.mark.fault("B7")
def test_a_transaction_that_fails_leaves_one_entry_and_nothing_else(record: Record) -> None:
    token = key_of(record, "all")
    sent = bundle(
        "transaction",
        ("POST", "Observation", body()),
        ("POST", "Condition", condition("x", "Fall") | {"subject": {"reference": "Patient/d"}}),
    )
    assert record.call("POST", "", token, json=sent).status_code == 422
    (entry,) = record.site.audited()
    assert entry.outcome == "refused" and '"transaction"' in entry.event
    assert record.get("/Observation?_count=0", token).get_json()["total"] == 2


@pytest.mark.fault("B7")
@pytest.mark.parametrize("error", [AuditUnavailable(), OperationalError("x", {}, OSError())])
def test_a_refusal_that_cannot_be_entered_is_503(record: Record, error: Exception) -> None:
    def fail(draft: Draft) -> None:
        raise error

    record.site.app.audit.append = fail  # type: ignore[method-assign]
    put(record.site.app.engine, RECORD, [observation("a3", "HbA1c")])
    sent = {"json": body(), "headers": SEVERAL}
    answer = record.call("POST", "/Observation", key_of(record, "all"), **sent)
    assert answer.status_code == 503
    assert b"More than one" not in answer.get_data()


def _counted(record: Record) -> int:
    record.site.app.challenge_rate.flush()
    with reading(record.site.app.engine) as connection:
        return connection.scalar(select(func.sum(col(ChallengeCount.count)))) or 0


def at_once(record: Record) -> None:
    """What comes from now on comes at one moment, however slow this machine is."""
    per_second = record.site.app.settings.challenges_per_second
    record.site.app.challenge_rate.tries = TokenBucket(per_second, 1, lambda: 0.0)


@pytest.mark.fault("A8")
def test_a_flood_of_turned_away_reads_is_limited_and_counted_in_aggregate(record: Record) -> None:
    token = key_of(record, "results")
    tickets = len(record.fake.tickets)
    at_once(record)
    codes = [record.get("/Condition", token).status_code for _ in range(60)]
    refused = codes.count(429)
    assert set(codes) == {401, 429} and refused > 20
    assert len(record.fake.tickets) - tickets == codes.count(401)
    assert [e.outcome for e in record.site.audited()] == ["turned_away"] * codes.count(401)
    assert _counted(record) == refused
    # Whoever has a key that fits, and whoever has none, gets their answer all the same.
    assert record.get("/Observation", token).status_code == 200
    assert record.get("/Condition").status_code == 401


@pytest.mark.parametrize(
    "flood", ["tokenless", pytest.param("turned away", marks=pytest.mark.fault("A8"))]
)
def test_one_flood_keeps_nobody_else_from_a_ticket(record: Record, flood: str) -> None:
    token = None if flood == "tokenless" else key_of(record, "results")
    at_once(record)
    codes = [record.get("/Condition", token).status_code for _ in range(60)]
    assert 429 in codes
    permissions = [record.fake.permission("Observation", "results", "patient/Observation.read")]
    carol = record.fake.rpt(permissions, heart_uma_party={"name": "Carol", "sub": "carol"})
    assert record.get("/Condition", carol).status_code == 401
