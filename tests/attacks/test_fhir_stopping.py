"""Stop is stop: no event, epoch or broken authorization server leaves a door open (F-8, P-7)."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from werkzeug.test import TestResponse

from heart_uma.challenge import AS_UNREACHABLE_WARNING
from heart_uma.jose import KeySet
from tests.attacks.fhir_record import CANARY, following, reader, record
from tests.conftest import Clock
from tests.fhir_rs.endpoints.conftest import Record
from tests.fhir_rs.fake_as import BASE, ISSUER
from tests.fhir_rs.protected import bare, fake, site

__all__ = ["bare", "fake", "record", "site"]
SET = "application/secevent+jwt"
PATHS = ["/Observation/a1", "/Observation/none", "/Observation", "/Patient/$everything"]


def push(record: Record, token: str, media: str = SET) -> TestResponse:
    return record.site.client.post("/events", data=token, headers={"Content-Type": media})


def unreachable(answer: TestResponse) -> bool:
    same = (answer.status_code, answer.headers.get("Warning"), answer.headers.get("Retry-After"))
    assert CANARY.encode() not in answer.get_data()
    assert "WWW-Authenticate" not in answer.headers
    return same == (403, AS_UNREACHABLE_WARNING, "5")


def break_line(record: Record, how: str) -> None:
    line = record.fake.line
    if how == "cut":
        line.cut = True
    else:
        line.status = int(how.partition(" ")[0])
        line.body = {
            "html": b"<html>busy</html>", "empty": b"", "list": b"[]", "null": b"null",
            "other": b'{"active": "yes"}', "deep": b"[" * 100_000, "bytes": b"\xff\xfe",
            "twice": b'{"active":false,"active":true,"permissions":[]}',
        }[how.partition(" ")[2]]  # fmt: skip


BROKEN = ["cut", "500 html", "502 empty", "503 html", "200 html", "200 empty", "200 list",
          "200 null", "200 other", "200 deep", "200 bytes", "200 twice", "302 html",
          "204 empty"]  # fmt: skip


@pytest.mark.attack("F-8")
@pytest.mark.parametrize("how", BROKEN)
def test_the_partition_table(record: Record, clock: Clock, how: str) -> None:
    rpt, unseen = reader(record), reader(record)
    assert record.get("/Observation/a1", rpt).status_code == 200
    break_line(record, how)
    for path in PATHS:
        assert unreachable(record.get(path)), "no token: no ticket to be had"
        assert unreachable(record.get(path, unseen)), "an RPT without proof"
    clock.advance(seconds=4)
    assert record.get("/Observation/a1", rpt).status_code == 200, "the proof is fresh"
    clock.advance(seconds=1.1)
    for path in PATHS:
        assert unreachable(record.get(path, rpt)), "the proof is old"
    assert record.get("/Observation/a1", "garbage").status_code == 403


@pytest.mark.attack("F-8")
def test_a_partition_that_ends_is_over_within_two_seconds(
    record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    moment = [1000.0]
    monkeypatch.setattr("fhir_rs.protection.circuit.time.monotonic", lambda: moment[0])
    # On a fast machine these are more requests than a second's share of challenges.
    monkeypatch.setattr(record.site.app.challenge_rate.tries, "_seconds", lambda: moment[0])
    record.fake.line.cut = True
    for _ in range(10):
        assert unreachable(record.get("/Observation/a1"))
    calls = len(record.fake.line.calls)
    for _ in range(20):
        record.get("/Observation/a1")
    assert len(record.fake.line.calls) == calls, "no storm of retries"
    record.fake.line.cut = False
    moment[0] += 1.1
    assert record.get("/Observation/a1").status_code == 401
    assert record.get("/Observation/a1", reader(record)).status_code == 200


@pytest.mark.attack("F-8")
@pytest.mark.parametrize(
    "claims",
    [{"iss": "http://evil.localhost"}, {"aud": ["http://evil.localhost"]}, {"active": False},
     {"heart_uma_epoch": -1}, {"heart_uma_epoch": "9"}, {"heart_uma_epoch": True}, {"exp": 1}],
)  # fmt: skip
def test_an_answer_that_is_not_about_us_is_no_proof(record: Record, claims: dict[str, Any]) -> None:
    rpt = reader(record, **claims)
    assert record.get("/Observation/a1", rpt).status_code in (401, 403)


@pytest.mark.attack("F-8")
def test_a_dead_pat_is_told_to_the_owner_by_silence_to_all_others(record: Record) -> None:
    rpt = reader(record)
    record.fake.pats.clear()
    record.fake.refresh_tokens.clear()
    for token in (rpt, None, record.fake.owner_token()):
        assert unreachable(record.get("/Observation/a1", token))
    assert not record.site.link().connected


@pytest.mark.attack("POL-08")
@pytest.mark.parametrize(
    "changes",
    [
        {"keys": KeySet.generate("ES256")}, {"kind": "access_token"}, {"kind": "id_token"},
        {"iss": "http://evil.localhost"}, {"aud": ["http://evil.localhost"]}, {"aud": None},
        {"sub_id": {"format": "iss_sub", "iss": "http://evil.localhost", "sub": "alice-at-rs"}},
        {"sub_id": {"format": "iss_sub", "iss": ISSUER, "sub": "somebody-else"}},
        {"sub_id": {"format": "email", "email": "a@b"}}, {"sub_id": None}, {"sub_id": []},
        {"events": {}}, {"events": None}, {"events": {"urn:other": {}}}, {"iat": 1},
        {"iat": 4_000_000_000}, {"iat": "now"},
    ],
)  # fmt: skip
def test_a_forged_or_foreign_event_moves_nothing(record: Record, changes: dict[str, Any]) -> None:
    before = record.site.link().epoch
    answer = push(record, record.fake.event(9, **changes))
    assert answer.status_code in (202, 400)
    assert record.site.link().epoch == before
    if answer.status_code == 400:
        assert set(answer.get_json()) == {"err", "description"}


@pytest.mark.attack("POL-08")
@pytest.mark.parametrize("epoch", [-1, "9", None, True, 9.5, 2**62, 2**80, [9]])
def test_an_epoch_that_is_no_number_is_refused(record: Record, epoch: Any) -> None:
    assert push(record, record.fake.event(epoch)).status_code == 400
    assert record.site.link().epoch == 0


@pytest.mark.attack("POL-08")
@pytest.mark.parametrize("body", ["", "x", "a.b.c", "e30.e30.", "[]", "x" * 100_000, "\x00"])
def test_what_is_no_event_is_refused(record: Record, body: str) -> None:
    assert push(record, body).status_code == 400
    assert push(record, record.fake.event(9), "application/json").status_code == 400
    assert record.site.link().epoch == 0


@pytest.mark.attack("P-7")
def test_events_repeated_late_or_out_of_order_only_ever_raise(record: Record) -> None:
    old, new = record.fake.event(3), record.fake.event(7)
    for event in (new, old, new, old, record.fake.event(0)):
        assert push(record, event).status_code == 202
        assert record.site.link().epoch == 7
    rpt = reader(record, heart_uma_epoch=6)
    assert unreachable(record.get("/Observation/a1", rpt)), "an answer from before the stop"
    record.fake.epoch = 7
    assert record.get("/Observation/a1", reader(record)).status_code == 200


@pytest.mark.attack("P-7")
@pytest.mark.parametrize("path", PATHS)
def test_a_stop_between_the_proof_and_the_bytes_wins(record: Record, path: str) -> None:
    """The event arrives while the introspection answer is on its way; the policy is gone."""
    rpt = reader(record)

    def stop(_: httpx.Request) -> None:
        record.fake.epoch = 5
        record.fake.answers.pop(rpt)
        assert push(record, record.fake.event(5)).status_code == 202

    record.fake.line.before_answer = stop
    answer = record.get(path, rpt)
    assert answer.status_code == 401
    assert record.get(path, rpt).status_code == 401


@pytest.mark.attack("FH-65")
@pytest.mark.parametrize("told", [True, False])
def test_a_next_page_ends_with_the_share(record: Record, clock: Clock, told: bool) -> None:
    rpt = reader(record)
    path = following(record.get("/Observation?_count=1", rpt))
    assert path is not None and record.get(path, rpt).status_code == 200
    record.fake.answers[rpt] = {"active": False}
    if told:
        assert push(record, record.fake.event(1)).status_code == 202
        record.fake.epoch = 1
    else:
        clock.advance(seconds=5.1)
    assert record.get(path, rpt).status_code == 401


@pytest.mark.attack("FH-65")
def test_a_batch_stops_in_the_middle(record: Record) -> None:
    """Every entry is proven by itself: what comes after the stop is not answered."""
    rpt = reader(record)
    record.fake.answers[rpt]["exp"] = record.fake.seconds() + 1
    record.site.clock.advance(seconds=2)
    answer = record.call(
        "POST", "", rpt,
        json={"resourceType": "Bundle", "type": "batch",
              "entry": [{"request": {"method": "GET", "url": "Observation/a1"}}] * 2},
    )  # fmt: skip
    assert {e["response"]["status"][:3] for e in answer.get_json()["entry"]} == {"401"}


@pytest.mark.attack("F-10")
def test_a_flood_of_unknown_keys_asks_for_keys_once(record: Record) -> None:
    record.site.clock.advance(seconds=60)
    before = record.fake.line.calls.count("/jwks")
    for _ in range(20):
        token = record.fake.token(keys=KeySet.generate("ES256"))
        assert record.get("/Observation/a1", token).status_code in (401, 429)
    assert record.fake.line.calls.count("/jwks") - before <= 1


@pytest.mark.attack("P-17")
@pytest.mark.parametrize("skew", [-7200, -600, -61, 61, 600, 7200])
def test_a_clock_that_is_wrong_opens_nothing(record: Record, clock: Clock, skew: int) -> None:
    token = record.fake.token()
    record.fake.answers[token] = record.fake.answers[reader(record)]
    exp = record.fake.seconds() + 300
    clock.advance(seconds=skew)
    status = record.get("/Observation/a1", token).status_code
    inside = record.fake.seconds() < exp and skew > -60
    assert status == (200 if inside else 401)
    assert BASE in record.site.app.settings.base_url


@pytest.mark.attack("P-5")
@pytest.mark.parametrize(
    "path", [*PATHS, "/Observation/a1/_history", "/Observation?_summary=count"]
)
def test_without_an_audit_entry_there_is_no_data(
    record: Record, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    rpt = reader(record)

    def full(*_: Any) -> Any:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("fhir_rs.audit.log.AuditLog._chain", full)
    answer = record.get(path, rpt)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert b"HbA1c" not in answer.get_data()
    assert record.get(path).status_code == 401, "a challenge is still answered"
    created = record.call(
        "POST", "/Observation", record.fake.owner_token(), json={"resourceType": "Observation"}
    )
    assert created.status_code >= 400
