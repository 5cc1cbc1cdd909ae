"""Refresh rotation: one successor for half a minute, else the end (DESIGN 17, TOK-17)."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from as_server.context import AsServer
from tests.as_server.person import App, Person
from tests.conftest import Clock


def invalid(answer: Any, error: str = "invalid_grant") -> None:
    assert (answer.status_code, answer.json["error"]) == (400, error), answer.text


def test_each_use_gives_a_new_pair(app: App, alice: Person) -> None:
    first = app.tokens(alice, "openid profile offline_access")
    second = app.refresh(first["refresh_token"]).json
    third = app.refresh(second["refresh_token"]).json
    values = {t[k] for t in (first, second, third) for k in ("access_token", "refresh_token")}
    assert len(values) == 6
    assert third["scope"] == "openid profile offline_access"


@pytest.mark.fault("1.20")
def test_a_lost_answer_may_be_asked_for_again_for_half_a_minute(
    app: App, alice: Person, clock: Clock
) -> None:
    first = app.tokens(alice, "openid offline_access")
    second = app.refresh(first["refresh_token"]).json
    for seconds in (0, 1, 14, 15):
        clock.advance(seconds=seconds)
        again = app.refresh(first["refresh_token"]).json
        assert again.get("refresh_token") == second["refresh_token"]
        assert again["access_token"] != second["access_token"]
    assert app.refresh(second["refresh_token"]).status_code == 200


@pytest.mark.attack("TOK-17")
@pytest.mark.parametrize("repeats", [0, 1, 3])
def test_a_repeat_after_the_window_ends_all_that_the_family_has(
    app: App, alice: Person, clock: Clock, repeats: int
) -> None:
    first = app.tokens(alice, "openid offline_access")
    second = app.refresh(first["refresh_token"]).json
    for _ in range(repeats):
        app.refresh(first["refresh_token"])
    clock.advance(seconds=31)
    invalid(app.refresh(first["refresh_token"]))
    invalid(app.refresh(second["refresh_token"]))
    bearer = {"Authorization": f"Bearer {second['access_token']}"}
    assert app.wire.get("/userinfo", headers=bearer).status_code == 401


@pytest.mark.attack("TOK-17")
def test_a_repeat_after_the_successor_was_used_ends_the_family(app: App, alice: Person) -> None:
    first = app.tokens(alice, "openid offline_access")
    second = app.refresh(first["refresh_token"]).json
    third = app.refresh(second["refresh_token"]).json
    invalid(app.refresh(first["refresh_token"]))
    invalid(app.refresh(third["refresh_token"]))


@pytest.mark.fault("1.20")
@pytest.mark.parametrize("hands", [2, 3, 10])
def test_many_at_once_all_hold_the_same_successor(app: App, alice: Person, hands: int) -> None:
    first = app.tokens(alice, "openid offline_access")["refresh_token"]
    answers: list[Any] = []

    def refresh() -> None:
        form = {"grant_type": "refresh_token", "refresh_token": first, **app.proof()}
        answers.append(app.server.test_client().post("/token", data=form))

    threads = [threading.Thread(target=refresh) for _ in range(hands)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [a.status_code for a in answers] == [200] * hands
    assert len({a.json["refresh_token"] for a in answers}) == 1
    assert app.refresh(answers[0].json["refresh_token"]).status_code == 200


def test_a_stranger_cannot_use_or_end_a_family(
    as_app: AsServer, app: App, alice: Person, clock: Clock
) -> None:
    other = App(as_app, clock, 1).register()
    first = app.tokens(alice, "openid offline_access")
    invalid(other.refresh(first["refresh_token"]))
    invalid(app.refresh(first["access_token"]))
    assert app.refresh(first["refresh_token"]).status_code == 200


def test_a_family_ends_a_day_after_consent(app: App, alice: Person, clock: Clock) -> None:
    token = app.tokens(alice, "openid offline_access")["refresh_token"]
    clock.advance(hours=23)
    token = app.refresh(token).json["refresh_token"]
    clock.advance(hours=1, seconds=1)
    invalid(app.refresh(token))


@pytest.mark.spec("X-7")
def test_a_pat_family_slides_ninety_days(app: App, alice: Person, clock: Clock) -> None:
    token = app.tokens(alice, "openid uma_protection offline_access")["refresh_token"]
    clock.advance(days=89)
    token = app.refresh(token).json["refresh_token"]
    clock.advance(days=89)
    token = app.refresh(token).json["refresh_token"]
    clock.advance(days=91)
    invalid(app.refresh(token))


def test_scope_narrows_and_never_widens(app: App, alice: Person) -> None:
    first = app.tokens(alice, "openid profile offline_access")
    invalid(app.refresh(first["refresh_token"], scope="openid uma_policy"), "invalid_scope")
    narrow = app.refresh(first["refresh_token"], scope="openid").json
    assert narrow["scope"] == "openid"
    # The narrowing is for one access token: the family keeps what was consented to.
    wide = app.refresh(narrow["refresh_token"]).json
    assert wide["scope"] == "openid profile offline_access"


def test_no_refresh_token_without_offline_access(app: App, alice: Person) -> None:
    assert "refresh_token" not in app.tokens(alice, "openid profile")


def test_the_database_cannot_open_a_successor(as_app: AsServer, app: App, alice: Person) -> None:
    from sqlalchemy import text

    first = app.tokens(alice, "openid offline_access")
    second = app.refresh(first["refresh_token"]).json
    with as_app.engine.connect() as connection:
        rows = connection.execute(text("SELECT * FROM token")).all()
    dump = repr(rows)
    assert rows
    for tokens in (first, second):
        assert tokens["refresh_token"] not in dump
        assert tokens["access_token"] not in dump
