"""What a requester varies makes no stop longer: few grants to walk, few statements to walk them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event

from as_server.settings import AsSettings
from as_server.tokens.claims import ID_TOKEN_FORMAT
from heart_uma.jose import KeySet
from heart_uma.purposes import KNOWN
from heart_uma.purposes import PURPOSES as NAMES
from tests.as_server.uma import Uma, pid
from tests.conftest import Clock

MANY, SOME = 200, 40
MOST = 32
"""Live grants of one party at one resource server through one client."""
PURPOSES = ("TREAT", "COC", "CAREMGT", "FAMRQT", "HRESCH", "HPAYMT", "PATRQT", "CLINTRL")


@pytest.fixture
def uma(as_settings: AsSettings, clock: Clock) -> Uma:
    """With keys that sign fast: there is a lot to sign."""
    settings = as_settings.model_copy(update={"signing_algorithm": "ES256"})
    return Uma(settings, clock, KeySet.generate("ES256"))


@pytest.fixture
def condition(uma: Uma) -> tuple[str, str]:
    return uma.register(), "Condition"


@contextmanager
def statements(uma: Uma) -> Iterator[list[str]]:
    """What goes to the database meanwhile; one entry for each row of an `executemany`."""
    said: list[str] = []

    def note(_c: Any, _cursor: Any, text: str, values: Any, _context: Any, many: bool) -> None:
        said.extend([text] * (len(values) if many else 1))

    event.listen(uma.app.engine, "before_cursor_execute", note)
    try:
        yield said
    finally:
        event.remove(uma.app.engine, "before_cursor_execute", note)


def live_grants(uma: Uma) -> int:
    with uma.app.engine.connect() as connection:
        count = "SELECT count(*) FROM rpt_grant WHERE ended_at IS NULL AND expires_at > 0"
        return int(connection.exec_driver_sql(count).scalar_one())


def ask_again_and_again(uma: Uma, times: int, condition: tuple[str, str]) -> list[str]:
    """RPTs of one party, each asked for with another reason, purpose, scope and set."""
    allergy = uma.register("AllergyIntolerance"), "AllergyIntolerance"
    sets = [(condition,), (allergy,), (condition, allergy)]
    claim = {"claim_token": uma.id_token(), "claim_token_format": ID_TOKEN_FORMAT}
    found = []
    for number in range(times):
        form = claim | {
            "reason": f"try {number}",
            "purpose_of_use": PURPOSES[number % len(PURPOSES)],
            "scope": "sens/PSY" if number % 2 else "",
        }
        answer = uma.trade(uma.ask(*sets[number % len(sets)]), None, **form)
        assert answer.status_code == 200, answer.text
        found.append(str(answer.json["access_token"]))
    return found


@pytest.mark.fault("2.1")
def test_whatever_a_requester_varies_a_stop_stays_short(
    uma: Uma, condition: tuple[str, str]
) -> None:
    uma.policy()
    tokens = ask_again_and_again(uma, MANY, condition)
    assert live_grants(uma) <= MOST
    with statements(uma) as said:
        answer = uma.owner_call("DELETE", f"/policy/{pid('a')}")
    assert answer.status_code == 200
    assert len(said) <= 60 + MOST, f"{len(said)} statements"
    assert live_grants(uma) == 0
    assert {uma.introspect(token)["active"] for token in tokens[::20]} == {False}


@pytest.mark.fault("2.1")
def test_a_narrowing_costs_as_little(uma: Uma, condition: tuple[str, str]) -> None:
    uma.policy(what={"everything": True, "topics": ["PSY"]})
    tokens = ask_again_and_again(uma, SOME, condition)
    with statements(uma) as said:
        answer = uma.policy(what={"kinds": ["conditions"]}, version=1)
    assert answer.status_code == 200
    assert len(said) <= 60 + MOST, f"{len(said)} statements"
    reached = [uma.permitted(token) for token in tokens[-6:]]
    assert {frozenset(found) for found in reached} == {frozenset(), frozenset({condition[0]})}


@pytest.mark.fault("2.1")
def test_a_thousand_tokens_of_one_grant_are_ended_by_one_row(
    uma: Uma, condition: tuple[str, str]
) -> None:
    uma.policy()
    held = [uma.rpt(condition) for _ in range(20)]
    with statements(uma) as said:
        uma.owner_call("DELETE", f"/policy/{pid('a')}")
    assert not [text for text in said if text.startswith("UPDATE token")], "a write for each token"
    for body in (held[0], held[-1]):
        assert uma.introspect(body["access_token"]) == {"active": False}
        assert uma.refresh(body["refresh_token"]).json["error"] == "invalid_grant"
        again = uma.trade(uma.ask(condition), rpt=body["access_token"])
        assert again.json["error"] == "invalid_grant"


@pytest.mark.fault("2.1")
def test_the_oldest_of_too_many_ends_with_its_tokens(uma: Uma, condition: tuple[str, str]) -> None:
    uma.policy()
    resources = [condition]
    for kind in ("AllergyIntolerance", "Goal", "CarePlan", "Immunization", "Procedure"):
        resources.append((uma.register(kind), kind))
    sets = [
        [one for place, one in enumerate(resources) if number >> place & 1]
        for number in range(1, MOST + 3)
    ]
    held = [uma.rpt(*asked) for asked in sets[:MOST]]
    # Asked for again, it is the newest: what a client uses stays.
    held[0] = uma.rpt(*sets[0])
    held += [uma.rpt(*asked) for asked in sets[MOST:]]
    active = [uma.introspect(body["access_token"])["active"] for body in held]
    assert active == [True, False, False, *[True] * (MOST - 1)]
    refreshed = [uma.refresh(body["refresh_token"]).status_code for body in held[:4]]
    assert refreshed == [200, 400, 400, 200]
    assert uma.owner_call("GET", "/policy").json["policies"][0]["state"] == "on"
    # Nothing was taken away: who asks again gets it again.
    assert uma.introspect(uma.rpt(*sets[1])["access_token"])["active"] is True


@pytest.mark.fault("2.1")
def test_others_keep_what_they_have(uma: Uma, condition: tuple[str, str]) -> None:
    """The bound is one party's, through one client, at one server, of one owner."""
    uma.policy()
    uma.policy("sam", who={"person": uma.key["sam"]})
    uma.policy("d", owner="dora")
    doras = uma.register(owner="dora"), "Condition"
    elsewhere = uma.register(rs="rs2"), "Condition"
    kept = [
        (uma.rpt(condition, party="sam"), {}),
        (uma.rpt(condition, client_id="c2"), {}),
        (uma.rpt(elsewhere, rs="rs2"), {"rs": "rs2"}),
        (uma.rpt(doras, owner="dora"), {"owner": "dora"}),
    ]
    ask_again_and_again(uma, SOME, condition)
    assert live_grants(uma) <= MOST + len(kept)
    for body, where in kept:
        assert uma.introspect(body["access_token"], **where)["active"] is True


@pytest.mark.fault("2.1")
def test_each_token_says_its_own_reason_though_they_share_a_grant(
    uma: Uma, condition: tuple[str, str]
) -> None:
    uma.policy()
    reasons = ["A visit", "A letter", None]
    bodies = [uma.rpt(condition, **({"reason": r} if r else {})) for r in reasons]
    assert live_grants(uma) == 1
    told = [uma.introspect(body["access_token"])["heart_uma_reason"] for body in bodies]
    again = [uma.refresh(body["refresh_token"]).json for body in bodies]
    twice = [uma.refresh(body["refresh_token"]).json for body in again]
    for renewed in (again, twice):
        assert told == [uma.introspect(b["access_token"])["heart_uma_reason"] for b in renewed]
    assert told == reasons
    noted = uma.owner_call("GET", "/activity").json["entries"]
    assert {entry["reason"] for entry in noted if entry["event"] == "issued"} == set(reasons)


@pytest.mark.fault("2.1")
@pytest.mark.parametrize("code", ["FUN", "TREATX", "CONSULT", "X" * 32, "TREAT_1", "_PurposeOfUse"])
def test_a_purpose_nobody_knows_is_refused_and_spends_nothing(
    uma: Uma, condition: tuple[str, str], code: str
) -> None:
    uma.policy()
    ticket = uma.ask(condition)
    answer = uma.trade(ticket, purpose_of_use=code)
    assert (answer.status_code, answer.json["error"]) == (400, "invalid_request")
    assert answer.json["error_description"].startswith("purpose_of_use ")
    assert code not in answer.json["error_description"]
    assert uma.trade(ticket).status_code == 200


def test_every_purpose_of_the_table_can_be_declared_and_named_in_a_rule(
    uma: Uma, condition: tuple[str, str]
) -> None:
    assert all(NAMES[code] for code in KNOWN)
    uma.policy(why=sorted(KNOWN))
    for code in sorted(KNOWN):
        token = uma.rpt(condition, purpose_of_use=code)["access_token"]
        assert uma.introspect(token)["heart_uma_purpose"] == code
