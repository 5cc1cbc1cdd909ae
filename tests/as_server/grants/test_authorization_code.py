"""Codes: one use, 60 s, bound to client, redirect URI and challenge (HO-36, RFC 7636, RFC 9700)."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from as_server.context import AsServer
from as_server.models.authorization_code import AuthorizationCode
from tests.as_server.person import App, Person
from tests.conftest import Clock


def invalid(answer: Any, error: str = "invalid_grant") -> None:
    assert (answer.status_code, answer.json["error"]) == (400, error), answer.text


@pytest.mark.spec("HO-36")
def test_a_code_works_once_and_its_reuse_ends_what_it_issued(app: App, alice: Person) -> None:
    code = app.code_from(alice, scope="openid offline_access")
    first = app.redeem(code)
    token = {"Authorization": f"Bearer {first.json['access_token']}"}
    assert app.wire.get("/userinfo", headers=token).status_code == 200
    invalid(app.redeem(code))
    assert app.wire.get("/userinfo", headers=token).status_code == 401
    invalid(app.refresh(first.json["refresh_token"]))


def test_of_many_at_once_exactly_one_gets_the_tokens(app: App, alice: Person) -> None:
    code = app.code_from(alice)
    answers: list[int] = []

    def redeem() -> None:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": app.redirect_uri,
            "code_verifier": app.verifier,
        }
        wire = app.server.test_client()
        answers.append(wire.post("/token", data=form | app.proof()).status_code)

    threads = [threading.Thread(target=redeem) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [200] + [400] * 7


@pytest.mark.attack("AZ-16")
@pytest.mark.parametrize("change", ["wrong", "missing", "challenge", "newline", "short", "unicode"])
def test_a_wrong_verifier_gets_nothing_and_takes_nothing(
    app: App, alice: Person, change: str
) -> None:
    code, own = app.code_from(alice), app.verifier
    verifier: str | None = {
        "wrong": "w" * 64,
        "missing": None,
        "challenge": app.query()["code_challenge"],
        "newline": own + "\n",
        "short": "s" * 42,
        "unicode": "\u00e4" * 50,
    }[change]
    for _ in range(2):
        invalid(app.redeem(code, code_verifier=verifier))
    assert app.redeem(code, code_verifier=own).status_code == 200


@pytest.mark.attack("AZ-17")
def test_a_verifier_does_not_upgrade_a_code_without_challenge(
    as_app: AsServer, app: App, alice: Person
) -> None:
    code = app.code_from(alice)
    with Session(as_app.engine) as db:
        db.execute(update(AuthorizationCode).values(code_challenge=""))
        db.commit()
    invalid(app.redeem(code), "invalid_request")


@pytest.mark.attack("AZ-19")
def test_a_code_lives_sixty_seconds(app: App, alice: Person, clock: Clock) -> None:
    code = app.code_from(alice)
    clock.advance(seconds=60.2)
    invalid(app.redeem(code))


@pytest.mark.attack("AZ-20")
def test_a_code_is_bound_to_its_client_and_address(
    as_app: AsServer, app: App, alice: Person, clock: Clock
) -> None:
    other = App(as_app, clock, 1).register()
    code = app.code_from(alice)
    other.verifier = app.verifier
    invalid(other.redeem(code))
    invalid(app.redeem(code, redirect_uri="https://app.example/callback/"))
    another = "-" if code[5] == "_" else "_"
    for changed in (code[:-1], code + "A", code[:5] + another + code[6:], "", "\u00fc", "'"):
        assert app.redeem(changed).status_code == 400
    assert app.redeem(code).status_code == 200


def test_the_nonce_comes_back_and_only_in_the_first_id_token(app: App, alice: Person) -> None:
    from heart_uma.jose import peek

    code = app.code_from(alice, nonce="a nonce of the app", scope="openid offline_access")
    first = app.redeem(code).json
    assert peek(first["id_token"])[1]["nonce"] == "a nonce of the app"
    again = app.refresh(first["refresh_token"]).json
    claims = peek(again["id_token"])[1]
    assert "nonce" not in claims
    assert claims["auth_time"] == peek(first["id_token"])[1]["auth_time"]


def test_a_disabled_account_gets_nothing_for_its_code(
    as_app: AsServer, app: App, alice: Person
) -> None:
    from as_server.models.account import Account

    code = app.code_from(alice)
    with Session(as_app.engine) as db:
        db.execute(update(Account).values(disabled=True))
        db.commit()
    invalid(app.redeem(code))
