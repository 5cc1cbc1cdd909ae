"""Tokens that must open nothing, and permissions that must not open more (FH-01, FH-77, F-116)."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from heart_uma.jose import KeySet
from tests.attacks.fhir_record import CANARY, reader, record, settled
from tests.fhir_rs.endpoints.conftest import Record, ids
from tests.fhir_rs.fake_as import BASE
from tests.fhir_rs.protected import bare, fake, site
from tests.fhir_rs.store import everything

__all__ = ["bare", "fake", "record", "settled", "site"]
READ = "patient/Observation.read"


def grant(record: Record, *scopes: str, **more: Any) -> dict[str, Any]:
    return record.fake.permission("Observation", "results", *(scopes or (READ,)), **more)


@pytest.mark.attack("FH-01")
@pytest.mark.parametrize(
    "claims",
    [
        {"aud": ["http://other.localhost/fhir"]}, {"aud": None}, {"iss": "http://evil.localhost"},
        {"exp": 1}, {"exp": None}, {"iat": 4_000_000_000, "exp": 4_000_000_300},
        {"aud": BASE + "/"},
        {"kind": "id_token"}, {"kind": "set"}, {"kind": "refresh_token"},
        {"keys": KeySet.generate("ES256")},
    ],
)  # fmt: skip
def test_a_token_for_something_else_is_a_ticket(settled: Record, claims: dict[str, Any]) -> None:
    token = settled.fake.token(**claims)
    settled.fake.answers[token] = settled.fake.answers[reader(settled)]
    answer = settled.get("/Observation/a1", token)
    assert answer.status_code == 401
    assert "ticket=" in answer.headers["WWW-Authenticate"]


@pytest.mark.attack("FH-01")
@pytest.mark.parametrize(
    "header",
    ["", "Bearer", "Bearer ", "Basic YTpi", "bearer garbage", "Bearer a.b.c",
     "Bearer " + "x" * 20_000,
     "DPoP {t}", "Bearer {t} x", "Bearer\t{t}", "Token {t}", "{t}", "Bearer e30.e30.",
     'Bearer "{t}"'],
)  # fmt: skip
def test_other_credentials_are_none(settled: Record, header: str) -> None:
    value = header.replace("{t}", reader(settled))
    answer = settled.get("/Observation/a1", headers={"Authorization": value})
    assert answer.status_code == 401
    assert "ticket=" in answer.headers["WWW-Authenticate"]


@pytest.mark.attack("FH-01")
def test_a_token_travels_in_one_header_and_nowhere_else(settled: Record) -> None:
    rpt = reader(settled)
    for query in (f"access_token={rpt}", f"Authorization=Bearer {rpt}", f"token={rpt}"):
        assert settled.get(f"/Observation/a1?{query}").status_code == 401
    assert (
        settled.get("/Observation/a1", headers={"X-Authorization": f"Bearer {rpt}"}).status_code
        == 401
    )
    assert (
        settled.get("/Observation/a1", headers={"Cookie": f"access_token={rpt}"}).status_code == 401
    )
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    sent = {"access_token": rpt}
    search = settled.call("POST", "/Observation/_search", data=sent, headers=form)
    assert search.status_code in (400, 401)
    two = [("Authorization", f"Bearer {rpt}"), ("Authorization", f"Bearer {rpt}")]
    url = "/fhir/r/AliceRecord-0123456789/Observation/a1"
    assert settled.site.client.get(url, headers=two).status_code == 400


@pytest.mark.attack("WEB-33")
@pytest.mark.spec("FS-74")
@pytest.mark.parametrize("name", ["access_token", "access%5Ftoken", "acc%65ss_token", "x", "code"])
def test_no_token_gets_into_the_audit(record: Record, name: str) -> None:
    rpt = reader(record)
    for value in (rpt, rpt.replace("e", "%65")):
        record.get(f"/Observation/a1?{name}={value}", rpt)
        lenient = {"Prefer": "handling=lenient"}
        assert record.get(f"/Observation?{name}={value}", rpt, headers=lenient).status_code == 200
    signature = rpt.rpartition(".")[2]
    for row in record.site.audited():
        event = row.event
        for part in event.split('"'):
            try:
                event += base64.b64decode(part, validate=True).decode("utf-8", "replace")
            except ValueError:
                continue
        assert signature not in event.replace("%65", "e")


@pytest.mark.attack("FH-77")
@pytest.mark.parametrize(
    "permissions",
    [
        [], None, {}, "all", 7, [None], [7], [{}], [{"resource_scopes": [READ]}],
        [{"resource_id": "nope", "resource_scopes": [READ]}],
        [{"resource_id": ["res1"], "resource_scopes": [READ]}],
    ],
)  # fmt: skip
def test_permissions_that_cannot_be_read_permit_nothing(settled: Record, permissions: Any) -> None:
    rpt = settled.fake.rpt([])
    settled.fake.answers[rpt]["permissions"] = permissions
    assert settled.get("/Observation/a1", rpt).status_code == 401


@pytest.mark.attack("FH-77")
def test_an_active_answer_without_permissions_permits_nothing(settled: Record) -> None:
    token = settled.fake.rpt([])
    del settled.fake.answers[token]["permissions"]
    assert settled.get("/Observation/a1", token).status_code == 401
    settled.fake.answers[token]["scope"] = "owner patient/*.read user/*.*"
    assert settled.get("/Observation/a1", token).status_code == 401


@pytest.mark.attack("FH-77")
@pytest.mark.parametrize(
    "more",
    [
        {"resource_scopes": ["patient/Observation"]},
        {"resource_scopes": ["user/Observation.read"]},
        {"resource_scopes": ["system/*.*"]}, {"resource_scopes": ["patient/observation.read"]},
        {"resource_scopes": ["read"]}, {"resource_scopes": "patient/Observation.read"},
        {"resource_scopes": ["patient/Observation.read "]}, {"resource_scopes": ["*"]},
        {"resource_scopes": ["patient/Condition.read"]}, {"resource_scopes": ["conf/N", "btg"]},
        {"exp": 0}, {"exp": 1}, {"exp": -1}, {"exp": True}, {"exp": "9999999999"}, {"exp": 9e9},
        {"nbf": 9_999_999_999}, {"nbf": "0"}, {"iat": "x", "exp": 1},
        {"heart_uma_limits": {"only": []}}, {"heart_uma_limits": {"only": "Observation/a1"}},
        {"heart_uma_limits": {"until": "2000-01-01"}}, {"heart_uma_limits": {"since": "soon"}},
        {"heart_uma_limits": {"from": "2000-01-01"}}, {"heart_uma_limits": ["x"]},
        {"heart_uma_limits": {"except": ["Observation/a1", "Observation/x1"]}},
        {"heart_uma_limits": {"since": 7}},
    ],
)  # fmt: skip
def test_a_permission_that_is_not_understood_shows_nothing(
    settled: Record, more: dict[str, Any]
) -> None:
    rpt = settled.fake.rpt([grant(settled, READ, "conf/N") | more])
    assert settled.get("/Observation/a1", rpt).status_code in (401, 404)
    found = settled.get("/Observation", rpt)
    assert found.status_code == 401 or ids(found) == []


@pytest.mark.attack("FH-77")
@pytest.mark.parametrize("times", [{"exp": 0}, {"exp": 1}, {"nbf": 9_999_999_999}, {"exp": "x"},
                                   {"exp": True}])  # fmt: skip
def test_the_times_of_the_whole_answer_count(settled: Record, times: dict[str, Any]) -> None:
    rpt = settled.fake.rpt([grant(settled, READ, "conf/N")], **times)
    assert settled.get("/Observation/a1", rpt).status_code == 401


@pytest.mark.spec("HF-40")
@pytest.mark.attack("FH-77")
def test_an_unknown_label_is_lifted_by_no_scope(settled: Record) -> None:
    every = ["conf/N", "conf/R", "conf/V", "sens/NOSUCH", "btg", "sens/*", "conf/*"]
    every += [f"sens/{code}" for code in ("ETH", "PSY", "HIV", "GDIS", "SEX", "SDV")]
    rpt = settled.fake.rpt(everything(settled.fake, *every))
    assert settled.get("/Observation/s1", rpt).status_code == 200
    assert settled.get("/Observation/s2", rpt).status_code == 404


@pytest.mark.spec("DESIGN 10")
def test_levels_are_lifted_by_naming_and_hidden_by_nothing(settled: Record) -> None:
    every = ["conf/N", "conf/R", "conf/V", "btg"]
    plain = settled.fake.rpt(everything(settled.fake, *every))
    named = settled.fake.rpt(
        everything(settled.fake, *every, also=["Condition/pick", "Condition/hid"])
    )
    only = settled.fake.rpt(everything(settled.fake, *every, only=["Condition/pick"]))
    both = settled.fake.rpt(
        everything(settled.fake, *every, also=["Condition/pick"], **{"except": ["Condition/pick"]})
    )
    for token, expected in ((plain, 404), (named, 200), (only, 404), (both, 404)):
        assert settled.get("/Condition/pick", token).status_code == expected
        assert settled.get("/Condition/hid", token).status_code == 404


@pytest.mark.spec("DESIGN 11")
def test_alternatives_do_not_lend_each_other_their_limits(settled: Record) -> None:
    one = grant(settled, READ, "conf/N", heart_uma_limits={"only": ["Observation/s1"]})
    other = grant(settled, READ, "sens/HIV", heart_uma_limits={"only": ["Observation/a1"]})
    rpt = settled.fake.rpt([one, other])
    assert settled.get("/Observation/a1", rpt).status_code == 200
    assert settled.get("/Observation/s1", rpt).status_code == 404


@pytest.mark.attack("P-3")
def test_nothing_named_in_a_limit_opens_another_type(settled: Record) -> None:
    also = {"also": ["Condition/c2", "Observation/s1", "Observation/none"]}
    rpt = settled.fake.rpt([grant(settled, READ, "conf/N", heart_uma_limits=also)])
    assert settled.get("/Condition/c2", rpt).status_code == 401
    assert settled.get("/Observation/s1", rpt).status_code == 200
    assert settled.get("/Observation/s2", rpt).status_code == 404
    back = settled.get("/Observation?_include=Observation:focus&_revinclude=Provenance:target", rpt)
    assert not [each for each in ids(back, "include") if each.startswith("Provenance")]
    assert CANARY not in str(back.headers)


@pytest.mark.attack("F-8")
def test_one_stranger_does_not_empty_the_tickets_of_all(record: Record) -> None:
    statuses = {record.get("/Observation/a1").status_code for _ in range(60)}
    assert 429 in statuses
    assert record.get("/Observation/a1", reader(record)).status_code == 200
