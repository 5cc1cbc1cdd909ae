"""What only a server with many writers at once can get wrong: races, and texts it cannot hold."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from as_server.models import issued_grant, policies_in_force
from as_server.models import policy as stored_policies
from as_server.models import submitted_request as asked
from as_server.settings import AsSettings
from heart_uma.jose import KeySet
from heart_uma.purposes import KNOWN
from tests import postgres
from tests.as_server.uma import Uma, pid
from tests.attacks.conftest import refused, unharmed
from tests.attacks.race import codes, race
from tests.conftest import Clock
from tests.wire import ID_TOKEN, UMA_GRANT

pytestmark = pytest.mark.postgres


@pytest.fixture(scope="module")
def url(postgres_server: str) -> Iterator[str]:
    made = postgres.create_database(postgres_server)
    yield made
    postgres.drop_database(made)


@pytest.fixture(scope="module")
def house(url: str) -> Iterator[Uma]:
    """One server for all of these: each test has names of its own."""
    settings = AsSettings(
        issuer="http://localhost:8400",
        secret="a secret of the tests, 0123456789 abcdef",
        database_url=url,
        argon2_memory_kib=8,
        argon2_time_cost=1,
        registration_rate_per_hour=0,
        signing_algorithm="ES256",
    )
    made = Uma(settings, Clock(), KeySet.generate("ES256"))
    yield made
    made.app.engine.dispose()


def at_once(house: Uma, forms: list[dict[str, str]]) -> list[Any]:
    wires = [house.app.test_client() for _ in forms]
    steps: list[Callable[[], Any]] = [
        lambda wire=wire, form=form: wire.post("/token", data=form)  # type: ignore[misc]
        for wire, form in zip(wires, forms, strict=True)
    ]
    return race(*steps)


def think_after(monkeypatch: pytest.MonkeyPatch, module: Any, name: str) -> None:
    """Between reading and writing there is time for everybody else to read the same."""
    genuine = getattr(module, name)

    def slow(*args: Any, **options: Any) -> Any:
        found = genuine(*args, **options)
        time.sleep(0.1)
        return found

    monkeypatch.setattr(module, name, slow)


@pytest.mark.attack("DOS-04")
@pytest.mark.parametrize(
    "path",
    [
        *(
            "/authorize?client_id=%00",
            "/authorize/%00",
            "/login?pending=%00",
            "/accounts?pending=%00",
        ),
        *(
            "/logout?id_token_hint=%00",
            "/policy/%00",
            "/requests/%00",
            "/resource/%00",
            "/apps?a=%00",
        ),
        *("/policy/records?record=%00", "/people?q=a%00b", "/ui/%00", "/%00", "/register/%00"),
    ],
)
def test_no_nul_reaches_the_database(house: Uma, path: str) -> None:
    for token in (None, house.pat(), house.access_token("alice", "c2", "uma_policy")):
        for method in ("GET", "POST", "DELETE", "PUT"):
            answer = house.call(method, path, token, {} if method == "PUT" else None)
            assert 400 <= answer.status_code < 500, (method, path, answer.text)
    form = {"grant_type": "authorization_code\x00", "client_id": "a\x00"}
    refused(house.wire.post("/token", data=form), 400)


@pytest.mark.attack("TKT-04")
def test_one_ticket_has_one_winner(house: Uma) -> None:
    condition = house.register(), "Condition"
    house.policy("ticket")
    claim = {"claim_token": house.id_token(), "claim_token_format": ID_TOKEN}
    for _ in range(5):
        form = {"grant_type": UMA_GRANT, "ticket": house.ask(condition), **claim}
        answers = at_once(house, [form | house.proof() for _ in range(8)])
        assert codes(answers) == [200] + [400] * 7


@pytest.mark.attack("TOK-05")
@pytest.mark.attack("TOK-17")
def test_one_proof_and_one_refresh_token_have_one_winner(house: Uma) -> None:
    condition = house.register(), "Condition"
    house.policy("proof")
    form = {"grant_type": "refresh_token", "refresh_token": "x", **house.proof()}
    assert codes(at_once(house, [form] * 8)) == [400] + [401] * 7
    token = house.rpt(condition)["refresh_token"]
    form = {"grant_type": "refresh_token", "refresh_token": token}
    answers = at_once(house, [form | house.proof() for _ in range(8)])
    assert {unharmed(answer).status_code for answer in answers} == {200}
    assert len({answer.json["refresh_token"] for answer in answers}) == 1


@pytest.mark.attack("POL-01")
def test_one_rule_has_one_first_version(house: Uma, monkeypatch: pytest.MonkeyPatch) -> None:
    steps: list[Callable[[], Any]] = [
        lambda n=n: house.policy("first", label={"name": f"{n}"})  # type: ignore[misc]
        for n in range(8)
    ]
    house.policy("warm")
    think_after(monkeypatch, stored_policies, "one")
    answers = race(*steps)
    assert codes(answers) == [201] + [409] * 7, [a.text for a in answers]
    versions = house.owner_call("GET", f"/policy/{pid('first')}/history").json["versions"]
    assert len(versions) == 1


@pytest.mark.attack("WEB-22")
def test_one_question_asked_at_once_is_one_question(
    house: Uma, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.policy("ask", owner="dora", who={"anyone": True}, ask_me=True)
    resources = [(house.register(owner="dora"), "Condition") for _ in range(6)]
    claim = {"claim_token": house.id_token("sam"), "claim_token_format": ID_TOKEN, "ask_id": "one"}
    forms = [
        {"grant_type": UMA_GRANT, "ticket": house.ask(one, owner="dora"), **claim, **house.proof()}
        for one in resources
    ]
    think_after(monkeypatch, asked, "by_key")
    answers = at_once(house, forms)
    assert {answer.json["error"] for answer in answers} == {"request_submitted"}, codes(answers)
    (waiting,) = house.owner_call("GET", "/requests?state=waiting", owner="dora").json["requests"]
    assert waiting["kinds"] == ["conditions"]


@pytest.mark.attack("POL-07")
@pytest.mark.attack("POL-10")
def test_a_stop_among_grants_leaves_nothing_standing(
    house: Uma, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever was issued while the rule ended is dead when it ends, and stays so."""
    condition = house.register(), "Condition"
    kinds = {"kinds": ["conditions"]}
    for policy in house.owner_call("GET", "/policy").json["policies"]:
        house.owner_call("DELETE", f"/policy/{policy['id']}")
    stored = house.policy("raced", what=kinds).json["policy"]
    claim = {"claim_token": house.id_token(), "claim_token_format": ID_TOKEN}
    forms = [
        {"grant_type": UMA_GRANT, "ticket": house.ask(condition), **claim, **house.proof()}
        for _ in range(8)
    ]
    wires = [house.app.test_client() for _ in forms]
    steps: list[Callable[[], Any]] = [
        lambda wire=wire, form=form: wire.post("/token", data=form)  # type: ignore[misc]
        for wire, form in zip(wires, forms, strict=True)
    ]
    owner = house.app.test_client()
    bearer = {"Authorization": f"Bearer {house.pats['alice', 'policy']}"}
    steps.insert(4, lambda: owner.delete(f"/policy/{stored['id']}", headers=bearer))
    think_after(monkeypatch, policies_in_force, "concerning")
    answers = race(*steps)
    assert answers.pop(4).status_code == 200
    again = house.owner_call("PUT", f"/policy/{stored['id']}", {**stored, "version": 2})
    assert again.status_code == 200
    for answer in answers:
        if answer.status_code == 200:
            assert house.introspect(answer.json["access_token"]) == {"active": False}
            refused(house.refresh(answer.json["refresh_token"]), 400, "invalid_grant")
        else:
            assert answer.json["error"] == "request_denied"


@pytest.mark.attack("DOS-04")
def test_grants_at_one_moment_are_no_more_than_so_many(
    house: Uma, monkeypatch: pytest.MonkeyPatch
) -> None:
    condition = house.register(owner="dora"), "Condition"
    house.policy("bound", owner="dora")
    purposes = iter(sorted(KNOWN - {"ETREAT", "ERTREAT", "BTG"}))
    claim = {"claim_token": house.id_token(), "claim_token_format": ID_TOKEN}

    def form() -> dict[str, str]:
        ticket = house.ask(condition, owner="dora")
        fields = {"grant_type": UMA_GRANT, "ticket": ticket, "purpose_of_use": next(purposes)}
        return fields | claim | house.proof()

    for _ in range(30):
        assert house.wire.post("/token", data=form()).status_code == 200
    forms = [form() for _ in range(8)]
    think_after(monkeypatch, issued_grant, "print_entries")
    assert codes(at_once(house, forms)) == [200] * 8
    with house.app.engine.connect() as connection:
        live = "SELECT count(*) FROM rpt_grant WHERE owner = %s AND ended_at IS NULL"
        assert connection.exec_driver_sql(live, (house.key["dora"],)).scalar_one() == 32
