"""A grant is decided before the turn to write comes: whatever happens in between, it counts.

`between` does something at the moment after the decision and before the ticket is spent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import text
from werkzeug.test import TestResponse

from as_server.clients.authentication import Proof
from as_server.grants import ahead
from as_server.work import Work
from heart_ground.orm import writing
from tests.as_server.uma import Uma, pid
from tests.heart_ground.in_turn import in_turn

Condition = tuple[str, str]


@pytest.fixture
def condition(uma: Uma) -> Condition:
    return uma.register(), "Condition"


@contextmanager
def between(monkeypatch: pytest.MonkeyPatch, does: Callable[[], object]) -> Iterator[list[object]]:
    """The next token request decides, `does` happens, and then its proof and ticket are spent."""
    decided: list[object] = []
    decide, spend = ahead.decide, Proof.spend

    def deciding(asked: Any) -> object:
        found = decide(asked)
        decided.append(found)
        return found

    def spending(proof: Proof, work: Work) -> object:
        monkeypatch.setattr(Proof, "spend", spend)
        does()
        return proof.spend(work)

    monkeypatch.setattr(ahead, "decide", deciding)
    monkeypatch.setattr(Proof, "spend", spending)
    yield decided
    monkeypatch.setattr(ahead, "decide", decide)
    monkeypatch.setattr(Proof, "spend", spend)


def sql(uma: Uma, statement: str, **values: Any) -> Callable[[], None]:
    def run() -> None:
        with writing(uma.app.engine) as db:
            db.execute(text(statement), values)

    return run


def trade(
    uma: Uma, monkeypatch: pytest.MonkeyPatch, ticket: str, does: Callable[[], object]
) -> TestResponse:
    with between(monkeypatch, does) as decided:
        answer = uma.trade(ticket)
    if uma.app.group_commit is not None:
        assert decided[0] is not None, "it was not decided ahead"
    return answer


def rows(uma: Uma, table: str) -> int:
    with uma.app.engine.connect() as connection:
        return int(connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one())


def test_a_plain_grant_reads_checks_and_signs_without_the_turn(
    uma: Uma, condition: Condition
) -> None:
    if uma.app.group_commit is None:
        pytest.skip("there are many turns to write")
    uma.policy()
    uma.rpt(condition)
    ticket, proof = uma.ask(condition), uma.id_token()
    with in_turn(uma.app.engine) as statements:
        answer = uma.wire.post(
            "/token",
            data=uma.proof()
            | {
                "grant_type": "urn:ietf:params:oauth:grant-type:uma-ticket",
                "ticket": ticket,
                "claim_token": proof,
                "claim_token_format": "http://openid.net/specs/openid-connect-core-1_0.html#IDToken",
            },
        )
    assert answer.status_code == 200
    assert [each.split()[0] for each in statements] == [
        *("INSERT", "UPDATE"),  # the assertion and the ticket are spent
        "SELECT",  # what the decision rests on
        *("INSERT", "INSERT", "INSERT"),  # the grant, its two tokens, the owner's history
    ]


@pytest.mark.parametrize("how", ["ended", "paused", "denied", "narrowed"])
def test_a_stop_in_between_is_obeyed(
    uma: Uma, condition: Condition, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    uma.policy()
    changes: dict[str, Callable[[], object]] = {
        "ended": lambda: uma.owner_call("DELETE", f"/policy/{pid('a')}"),
        "paused": lambda: uma.policy(state="paused", version=1),
        "denied": lambda: uma.policy("no", effect="deny"),
        "narrowed": lambda: uma.policy(what={"kinds": ["medicines"]}, version=1),
    }
    ticket = uma.ask(condition)
    answer = trade(uma, monkeypatch, ticket, changes[how])
    assert (answer.status_code, answer.json["error"]) == (403, "request_denied")
    assert rows(uma, "rpt_grant") == 0
    # The ticket is spent all the same (Grant 5.5).
    assert uma.trade(ticket).json["error"] == "invalid_grant"


def test_what_is_narrower_in_between_is_all_that_is_given(
    uma: Uma, condition: Condition, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = uma.register("Observation"), "Observation"
    uma.policy()
    ticket = uma.ask(condition, other)
    answer = trade(
        uma,
        monkeypatch,
        ticket,
        lambda: uma.policy(what={"kinds": ["conditions"]}, version=1),
    )
    assert uma.permitted(answer.json["access_token"]) == {condition[0]}


def test_a_resource_that_is_gone_in_between_is_not_given(
    uma: Uma, condition: Condition, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = uma.register("Observation"), "Observation"
    uma.policy()
    ticket = uma.ask(condition, other)
    answer = trade(
        uma,
        monkeypatch,
        ticket,
        lambda: uma.call("DELETE", f"/resource/{other[0]}", uma.pat()),
    )
    assert uma.permitted(answer.json["access_token"]) == {condition[0]}
    with uma.app.engine.connect() as connection:
        stored = connection.execute(text("SELECT entries FROM rpt_grant")).scalars().all()
    assert len(stored) == 1 and other[0] not in stored[0]


@pytest.mark.parametrize("login", ["alice", "bob"])
def test_an_account_that_is_disabled_in_between_gives_and_gets_nothing(
    uma: Uma, condition: Condition, monkeypatch: pytest.MonkeyPatch, login: str
) -> None:
    uma.policy()
    ticket = uma.ask(condition)
    statement = "UPDATE account SET disabled = true WHERE login = :login"
    answer = trade(uma, monkeypatch, ticket, sql(uma, statement, login=login))
    assert answer.status_code in (400, 403)
    assert rows(uma, "rpt_grant") == 0 and rows(uma, "token WHERE kind = 'rpt'") == 0


def test_a_role_that_is_lost_in_between_counts(
    uma: Uma, condition: Condition, monkeypatch: pytest.MonkeyPatch
) -> None:
    uma.policy(who={"role": "family_doctor"})
    ticket = uma.ask(condition)
    statement = "UPDATE account SET role_code = 'nurse' WHERE login = 'bob'"
    assert trade(uma, monkeypatch, ticket, sql(uma, statement)).status_code == 403


def test_a_resource_server_that_is_disabled_in_between_is_given_nothing(
    uma: Uma, condition: Condition, monkeypatch: pytest.MonkeyPatch
) -> None:
    uma.policy()
    ticket = uma.ask(condition)
    statement = "UPDATE client SET disabled = true WHERE client_id = 'rs1'"
    assert trade(uma, monkeypatch, ticket, sql(uma, statement)).status_code == 403
    assert rows(uma, "rpt_grant") == 0


def test_a_client_that_is_disabled_in_between_gets_nothing(
    uma: Uma, condition: Condition, monkeypatch: pytest.MonkeyPatch
) -> None:
    if uma.app.group_commit is None:
        pytest.skip("nothing is decided ahead")
    uma.policy()
    ticket = uma.ask(condition)
    statement = "UPDATE client SET disabled = true WHERE client_id = 'c1'"
    answer = trade(uma, monkeypatch, ticket, sql(uma, statement))
    assert (answer.status_code, answer.json["error"]) == (401, "invalid_client")
    assert rows(uma, "rpt_grant") == 0


def test_a_scope_that_the_client_lost_in_between_does_not_count(
    uma: Uma, condition: Condition, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The decision that was made with the old registration does not stand."""
    uma.policy()
    ticket = uma.ask(condition)
    statement = "UPDATE client SET registration = replace(registration, 'sens/PSY', 'x') WHERE 1=1"
    with between(monkeypatch, sql(uma, statement)) as decided:
        answer = uma.trade(ticket)
    assert answer.status_code == 200
    if decided[0] is not None:
        assert answer.json["access_token"] != decided[0].signed.access.value  # type: ignore[attr-defined]


def test_of_two_that_decided_on_one_ticket_one_is_given_and_loses_it(
    uma: Uma, condition: Condition, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a ticket gave ends when its client presents it again (Grant 5.5)."""
    uma.policy()
    ticket, given = uma.ask(condition), []
    second = trade(uma, monkeypatch, ticket, lambda: given.append(uma.trade(ticket)))
    first = given[0]
    assert first.status_code == 200
    assert (second.status_code, second.json["error"]) == (400, "invalid_grant")
    assert uma.introspect(first.json["access_token"]) == {"active": False}
    assert uma.refresh(first.json["refresh_token"]).status_code == 400


def test_an_assertion_that_was_used_in_between_gives_nothing(
    uma: Uma, condition: Condition, monkeypatch: pytest.MonkeyPatch
) -> None:
    uma.policy()
    fields = {
        "grant_type": "urn:ietf:params:oauth:grant-type:uma-ticket",
        "ticket": uma.ask(condition),
        "claim_token": uma.id_token(),
        "claim_token_format": "http://openid.net/specs/openid-connect-core-1_0.html#IDToken",
        **uma.proof(),
    }
    other = {**fields, "ticket": uma.ask(condition)}
    with between(monkeypatch, lambda: uma.wire.post("/token", data=other)):
        answer = uma.wire.post("/token", data=fields)
    assert (answer.status_code, answer.json["error"]) == (401, "invalid_client")
    assert rows(uma, "token WHERE kind = 'rpt'") == 1
    # Nobody presented this ticket: a proof that was used before proves nothing.
    assert uma.trade(fields["ticket"]).status_code == 200


def test_what_gets_wider_in_between_may_wait_for_the_next_ticket(
    uma: Uma, condition: Condition, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = uma.register("Observation"), "Observation"
    uma.policy(what={"kinds": ["conditions"]})
    ticket = uma.ask(condition, other)
    answer = trade(uma, monkeypatch, ticket, lambda: uma.policy("b"))
    assert condition[0] in uma.permitted(answer.json["access_token"])
