"""Pages anybody may open write nothing; what is dead is forgotten bit by bit (DOS-13)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import event, text

from as_server import db
from as_server.app import create_app
from as_server.context import AsServer
from as_server.settings import AsSettings
from heart_uma.jose import KeySet
from tests.as_server.person import App, Person
from tests.conftest import Clock

WRITES = ("INSERT", "UPDATE", "DELETE")


@contextmanager
def writes(app: AsServer) -> Iterator[list[str]]:
    """The statements that change something, as they are sent."""
    seen: list[str] = []

    def note(_c: object, _cursor: object, statement: str, *_: object) -> None:
        if statement.lstrip().upper().startswith(WRITES):
            seen.append(statement)

    event.listen(app.engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(app.engine, "before_cursor_execute", note)


@pytest.mark.fault("2.13")
@pytest.mark.attack("DOS-13")
def test_nothing_is_written_before_somebody_signs_in(as_app: AsServer, app: App) -> None:
    visitor = Person(as_app, "nobody")
    with writes(as_app) as seen:
        for _ in range(3):
            page = visitor.follow(visitor.get("/authorize", **app.query()))
            assert 'name="username"' in page.text
            for path in ("/login", "/accounts", "/logout", "/apps"):
                visitor.get(path)
            visitor.browser.delete_cookie("heart_as")
        wrong = visitor.sign_in(visitor.get("/login"))
        assert wrong.status_code == 401
        silent = visitor.get("/authorize", **app.query(prompt="none"))
        assert app.answer_of(silent)["error"] == "login_required"
    assert seen == []


def test_the_request_waits_over_a_wrong_password_and_another_tab(
    as_app: AsServer, app: App, alice: Person
) -> None:
    first, second = (alice.follow(alice.get("/authorize", **app.query())) for _ in range(2))
    alice.password = "wrong"
    again = alice.sign_in(first)
    alice.password = "demo"
    assert 'name="decision"' in alice.follow(alice.sign_in(again)).text
    # The other tab began before: it is looked at again, and leads to its app as well.
    action = parse_qs(urlsplit(second.request.url).query)["pending"][0]
    page = alice.get("/login", pending=action)
    assert 'name="decision"' in alice.follow(alice.sign_in(page)).text


@pytest.mark.attack("WEB-01")
def test_a_cookie_of_before_the_sign_in_is_worth_nothing_after_it(
    as_app: AsServer, app: App, alice: Person
) -> None:
    page = alice.get("/login")
    planted = alice.browser.get_cookie("heart_as")
    assert planted
    alice.sign_in(page)
    thief = Person(as_app, "bob")
    thief.browser.set_cookie("heart_as", planted.value)
    assert thief.get("/accounts").headers["Location"].startswith("/login")
    # Nor does signing in with it lead into her session.
    thief.sign_in()
    assert "Alice" not in thief.get("/accounts").text
    assert "Bob" not in alice.get("/accounts").text


@pytest.mark.parametrize("change", ["0.{at}.x.y", "0..", "0.1.a.b", "{value}x", "1{value}"])
def test_only_a_cookie_of_ours_counts(as_app: AsServer, change: str) -> None:
    person = Person(as_app, "alice")
    page = person.get("/login")
    cookie = person.browser.get_cookie("heart_as")
    assert cookie
    at = int(as_app.clock().timestamp())
    person.browser.set_cookie("heart_as", change.format(at=at, value=cookie.value))
    assert person.sign_in(page).status_code == 403


def test_a_cookie_is_good_for_a_day(as_app: AsServer, clock: Clock, alice: Person) -> None:
    page = alice.get("/login")
    clock.advance(days=1, seconds=1)
    assert alice.sign_in(page).status_code == 403


@pytest.mark.fault("2.17")
def test_what_is_dead_is_forgotten_a_little_at_a_time(
    as_settings: AsSettings, clock: Clock, server_keys: KeySet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(db, "AT_A_TIME", 10, raising=False)
    app = create_app(as_settings, clock=clock, key_set=server_keys)
    wire = app.test_client()

    def dead() -> int:
        with app.engine.connect() as connection:
            return int(connection.execute(text("SELECT count(*) FROM used_jti")).scalar_one())

    with app.engine.begin() as connection:
        for number in range(25):
            connection.execute(text(f"INSERT INTO used_jti VALUES ('c', 'k{number}', 1)"))
    left = []
    for _ in range(4):
        wire.post("/token", data={"grant_type": "x"})
        left.append(dead())
    assert left == [15, 5, 0, 0]


@pytest.mark.fault("2.17")
def test_a_read_never_looks_at_the_disk(as_app: AsServer, monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[str] = []
    spent = type(as_app.ballast).spent

    def look(ballast: object) -> bool:
        looked.append("looked")
        return bool(spent.fget(ballast))  # type: ignore[attr-defined]

    monkeypatch.setattr(type(as_app.ballast), "spent", property(look))
    as_app.test_client().get("/healthz")
    assert looked == []
