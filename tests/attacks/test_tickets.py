"""Permission tickets and RPTs: once, for one client, never more than the rules say (TKT)."""

from __future__ import annotations

import re
import secrets
from datetime import timedelta
from typing import Any

import pytest

from as_server.app import create_app
from heart_uma.jose import KeySet
from tests.as_server.uma import Uma, pid
from tests.attacks.conftest import dump, refused
from tests.attacks.race import codes, race
from tests.conftest import Clock
from tests.wire import ID_TOKEN, UMA_GRANT


@pytest.fixture
def condition(uma: Uma) -> tuple[str, str]:
    return uma.register(), "Condition"


@pytest.mark.attack("TKT-01")
@pytest.mark.attack("TKT-04")
def test_one_ticket_and_many_hands_at_once(uma: Uma, condition: Any) -> None:
    uma.policy()
    claim = {"claim_token": uma.id_token(), "claim_token_format": ID_TOKEN}
    for _ in range(6):
        ticket = uma.ask(condition)
        wires = [uma.app.test_client() for _ in range(8)]
        forms = [{"grant_type": UMA_GRANT, "ticket": ticket, **claim, **uma.proof()} for _ in wires]
        steps = [
            lambda wire=wire, form=form: wire.post("/token", data=form)
            for wire, form in zip(wires, forms, strict=True)
        ]
        assert codes(race(*steps)) == [200] + [400] * 7


@pytest.mark.attack("TKT-01")
@pytest.mark.attack("TKT-02")
def test_the_successor_of_a_ticket_works_once_too(uma: Uma, condition: Any) -> None:
    uma.policy("ask", who={"anyone": True}, ask_me=True)
    ticket, seen = uma.ask(condition), set()
    for step in ({"party": None}, {"ask_id": "q"}, {"ask_id": "q"}):
        answer = uma.trade(ticket, **step)  # type: ignore[arg-type]
        refused(uma.trade(ticket, **step), 400, "invalid_grant")  # type: ignore[arg-type]
        seen.add(ticket)
        ticket = answer.json["ticket"]
        assert ticket not in seen


@pytest.mark.attack("TKT-10")
@pytest.mark.attack("TKT-14")
def test_a_ticket_that_was_seen_belongs_to_who_came_first(uma: Uma, condition: Any) -> None:
    uma.policy()
    needed = uma.trade(uma.ask(condition), None).json["ticket"]
    refused(uma.trade(needed, client_id="c2"), 400, "invalid_grant")
    # A stranger has seen it: it is worth nothing to anybody now.
    refused(uma.trade(needed), 400, "invalid_grant")


@pytest.mark.attack("TKT-13")
def test_guessing_is_hopeless_and_leaves_no_trace(uma: Uma, condition: Any) -> None:
    uma.policy()
    genuine = uma.ask(condition)
    assert re.fullmatch(r"[A-Za-z0-9_-]{118}", genuine), "256 bits, and the seal beside them"
    before = dump(uma.app.settings)
    guesses = [secrets.token_urlsafe(32) for _ in range(20)]
    guesses += [genuine[:-1], genuine + "A", genuine.swapcase(), genuine + "\n", "x" * 5_000, "%"]
    for guess in guesses:
        refused(uma.trade(guess), 400, "invalid_grant")
    # The pairwise names that the claims needed are not part of it.
    after = dump(uma.app.settings)
    assert {k for k in before if before[k] != after[k]} <= {"client", "pairwise_subject"}
    assert uma.trade(genuine).status_code == 200


@pytest.mark.attack("TKT-07")
@pytest.mark.parametrize(
    ("milliseconds", "status"), [(299_800, 200), (300_000, 400), (300_200, 400)]
)
def test_a_ticket_ends_on_time(
    uma: Uma, condition: Any, clock: Clock, milliseconds: int, status: int
) -> None:
    uma.policy()
    ticket = uma.ask(condition)
    clock.now += timedelta(milliseconds=milliseconds)
    assert uma.trade(ticket).status_code == status


@pytest.mark.attack("TKT-17")
@pytest.mark.attack("TKT-19")
@pytest.mark.parametrize("access", ["read", "write", "*"])
def test_a_named_scope_widens_nothing(uma: Uma, condition: Any, access: str) -> None:
    uma.policy(what={"kinds": ["conditions"]})
    wide = "patient/Condition.* patient/Condition.write btg sens/PSY conf/V"
    for scope in ("patient/*.*", "patient/Observation.read", "user/*.*", "x", "openid"):
        refused(uma.trade(uma.ask(condition), scope=scope), 400, "invalid_scope")
    answer = uma.trade(uma.ask(condition, access=access), scope=wide)
    if access != "read":
        refused(answer, 403, "request_denied")
        return
    (given,) = uma.introspect(answer.json["access_token"])["permissions"]
    assert set(given["resource_scopes"]) == {"patient/Condition.read", "conf/N"}
    # A ticket without a scope is worth no scope.
    body = [{"resource_id": condition[0], "resource_scopes": []}]
    bare = uma.call("POST", "/permission", uma.pat(), body).json["ticket"]
    token = uma.trade(bare).json.get("access_token")
    scopes = [p["resource_scopes"] for p in uma.introspect(token or "x").get("permissions", [])]
    assert not any(scopes)


@pytest.mark.attack("TKT-20")
def test_an_upgrade_brings_nothing_of_others(uma: Uma, condition: Any) -> None:
    uma.policy()
    uma.policy(owner="dora")
    theirs = uma.rpt((uma.register(owner="dora"), "Condition"), owner="dora")["access_token"]
    elsewhere = uma.rpt((uma.register(rs="rs2"), "Condition"), rs="rs2")["access_token"]
    for foreign in (theirs, elsewhere):
        body = uma.rpt(condition, rpt=foreign)
        assert "upgraded" not in body
        assert uma.permitted(body["access_token"]) == {condition[0]}
    other = uma.rpt(condition, client_id="c2")["access_token"]
    for bad in (other, uma.pat(), uma.id_token(), "x", body["refresh_token"]):
        refused(uma.trade(uma.ask(condition), rpt=bad), 400, "invalid_grant")
    # Another person with the same client gets nothing of the first one's.
    uma.policy("sam", who={"person": uma.key["sam"]}, what={"kinds": ["allergies"]})
    allergy = uma.register("AllergyIntolerance"), "AllergyIntolerance"
    mine = uma.rpt(allergy, party="sam", rpt=body["access_token"])
    assert uma.permitted(mine["access_token"]) == {allergy[0]}


@pytest.mark.attack("TKT-20")
@pytest.mark.attack("POL-08")
@pytest.mark.parametrize(
    "change",
    [
        {"state": "ended"},
        {"state": "draft"},
        {"effect": "deny"},
        {"ask_me": True},
        {"why": ["HRESCH"]},
        {"when": {"from": "2999-01-01T00:00:00Z", "until": None}},
        {"when": {"from": None, "until": "2020-01-01T00:00:00Z"}},
        {"who": {"role": "counselor"}},
        {"what": {"kinds": ["allergies"]}},
        {"what": {"everything": True, "until": "2020-01-01"}},
    ],
    ids=str,
)
def test_nothing_that_was_taken_comes_back(uma: Uma, condition: Any, change: Any) -> None:
    """An edit that narrows, then the old rule again: RPT, refresh, upgrade revive nothing."""
    stored = uma.policy().json["policy"]
    body = uma.rpt(condition, purpose_of_use="TREAT")
    token, before = body["access_token"], uma.introspect(body["access_token"])["permissions"]
    edited = {**stored, "what": {"everything": True}, **change}
    assert uma.owner_call("PUT", f"/policy/{pid('a')}", edited).status_code == 200
    uma.owner_call("PUT", f"/policy/{pid('a')}", {**stored, "version": 2})
    now = uma.introspect(token).get("permissions", [])
    assert now != before
    if "until" in str(change.get("what")):
        assert now[0]["heart_uma_limits"] == {"until": "2020-01-01"}
    else:
        assert now == []
        refused(uma.refresh(body["refresh_token"]), 400, "invalid_grant")
        refused(uma.trade(uma.ask(condition), rpt=token), 400, "invalid_grant")
    fresh = uma.rpt(condition, purpose_of_use="TREAT")["access_token"]
    assert uma.introspect(fresh)["permissions"] == before


@pytest.mark.attack("POL-08")
def test_a_refresh_gives_what_is_left_and_no_more(uma: Uma, condition: Any) -> None:
    allergy = uma.register("AllergyIntolerance"), "AllergyIntolerance"
    uma.policy(what={"kinds": ["conditions", "allergies"], "topics": ["PSY"]})
    body = uma.rpt(condition, allergy)
    uma.policy(what={"kinds": ["conditions"]}, version=1)
    narrow = uma.refresh(body["refresh_token"]).json
    (given,) = uma.introspect(narrow["access_token"])["permissions"]
    assert (given["resource_id"], "sens/PSY" in given["resource_scopes"]) == (condition[0], False)
    uma.policy(what={"everything": True, "topics": ["PSY"]}, version=2)
    later = uma.refresh(narrow["refresh_token"]).json["access_token"]
    assert uma.introspect(later)["permissions"] == [given]
    for form in ({"scope": "patient/*.*"}, {"resource": "http://localhost:8405/fhir"}):
        fields = {"grant_type": "refresh_token", "refresh_token": narrow["refresh_token"]}
        answer = uma.wire.post("/token", data=uma.proof() | fields | form)
        refused(answer, 400)


@pytest.mark.attack("POL-10")
@pytest.mark.attack("POL-11")
def test_a_pause_that_was_narrowed_meanwhile_resumes_narrower(uma: Uma, condition: Any) -> None:
    allergy = uma.register("AllergyIntolerance"), "AllergyIntolerance"
    both, one = {"kinds": ["conditions", "allergies"]}, {"kinds": ["conditions"]}
    uma.policy(what=both)
    token = uma.rpt(condition, allergy)["access_token"]
    uma.policy(what=both, state="paused", version=1)
    assert uma.introspect(token) == {"active": False}
    uma.policy(what=one, state="paused", version=2)
    uma.policy(what=both, state="paused", version=3)
    uma.policy(what=both, version=4)
    assert uma.permitted(token) == {condition[0]}


@pytest.mark.attack("TKT-16")
def test_no_secret_is_anywhere_in_the_database(
    uma: Uma, condition: Any, clock: Clock, server_keys: KeySet
) -> None:
    uma.policy()
    ticket = uma.ask(condition)
    needed = uma.trade(ticket, None).json["ticket"]
    body = uma.trade(needed).json
    again = uma.refresh(body["refresh_token"]).json
    values = [ticket, needed, uma.pat(), uma.id_token()]
    values += [b[name] for b in (body, again) for name in ("access_token", "refresh_token")]
    stored = repr(dump(uma.app.settings, but=()))
    for value in values:
        assert value not in stored
        assert value.rpartition(".")[2] not in stored
    # What a restart reads is what was written: nothing lives in memory alone.
    other = create_app(uma.app.settings, clock=clock, key_set=server_keys)
    headers = {"Authorization": f"Bearer {uma.pat()}"}
    answer = other.test_client().post(
        "/introspect", data={"token": again["access_token"]}, headers=headers
    )
    assert answer.json["active"] is True
