"""Signing in: uniform errors, limits, session rotation, form tokens (WEB-01..05, WEB-29..32)."""

from __future__ import annotations

import threading
import unicodedata
from typing import Any

import pytest

from as_server.app import create_app
from as_server.context import AsServer
from as_server.models import account
from as_server.signing_in.passwords import Passwords
from heart_ground.orm import writing
from tests.as_server.person import App, Person
from tests.conftest import Clock


def cookie_of(person: Person) -> str:
    cookie = person.browser.get_cookie("heart_as")
    assert cookie is not None
    return cookie.value


def test_a_sign_in_leads_to_the_page_of_who_is_here(alice: Person) -> None:
    answer = alice.sign_in()
    assert answer.headers["Location"] == "/accounts"
    assert b"Alice Moreno" in alice.follow(answer).data


def test_the_cookie_is_out_of_reach(alice: Person) -> None:
    header = alice.get("/login").headers["Set-Cookie"]
    assert "HttpOnly" in header
    assert "SameSite=Lax" in header


def test_over_https_the_cookie_is_bound_to_the_host(
    as_settings: Any, clock: Clock, server_keys: Any
) -> None:
    outer = as_settings.model_copy(update={"issuer": "https://as.example"})
    server = create_app(outer, clock=clock, key_set=server_keys)
    header = server.test_client().get("/login").headers["Set-Cookie"]
    assert header.startswith("__Host-heart_as=")
    assert "Secure" in header


@pytest.mark.attack("WEB-01")
def test_signing_in_changes_the_session_id(as_app: AsServer, alice: Person) -> None:
    alice.browser.set_cookie("heart_as", "attacker")
    page = alice.get("/login")
    before = cookie_of(alice)
    assert before != "attacker"
    alice.sign_in(page)
    after = cookie_of(alice)
    assert after != before
    thief = Person(as_app, "mallory")
    for value in (before, "attacker"):
        thief.browser.set_cookie("heart_as", value)
        assert b"Alice Moreno" not in thief.follow(thief.get("/accounts")).data


@pytest.mark.attack("WEB-04")
def test_a_changed_cookie_is_nobody(as_app: AsServer, alice: Person) -> None:
    alice.sign_in()
    value = cookie_of(alice)
    for place in range(0, len(value), 3):
        changed = value[:place] + ("A" if value[place] != "A" else "B") + value[place + 1 :]
        thief = Person(as_app, "mallory")
        thief.browser.set_cookie("heart_as", changed)
        assert b"Alice Moreno" not in thief.follow(thief.get("/accounts")).data


@pytest.mark.attack("WEB-04")
@pytest.mark.parametrize("secret", ["short", "secret", "a" * 40, ""])
def test_a_weak_secret_stops_the_server(secret: str) -> None:
    from pydantic import ValidationError

    from as_server.settings import AsSettings

    with pytest.raises(ValidationError):
        AsSettings(secret=secret)


@pytest.mark.attack("WEB-02")
@pytest.mark.attack("WEB-05")
@pytest.mark.parametrize("address", ["/login", "/accounts", "/logout", "/authorize/abc"])
@pytest.mark.parametrize(
    "case",
    [
        "none",
        "empty",
        "other user",
        "other form",
        "query",
        "text",
        "null origin",
        "cross",
        "foreign",
    ],
)
def test_a_form_of_somebody_else_changes_nothing(
    app: App, alice: Person, bob: Person, address: str, case: str
) -> None:
    alice.sign_in()
    bob.get("/login")

    def token(person: Person, form: str) -> str:
        from as_server.context import browser
        from as_server.signing_in import forms

        with person.browser.application.test_request_context(
            headers={"Cookie": f"heart_as={cookie_of(person)}"}
        ):
            return forms.csrf_token(browser(), form)

    name = {"/authorize/abc": "consent:abc"}.get(address, address[1:])
    good = token(alice, name)
    data: Any = {"username": "alice", "password": "demo", "csrf_token": good}
    headers, query = {}, {}
    match case:
        case "none":
            del data["csrf_token"]
        case "empty":
            data["csrf_token"] = ""
        case "other user":
            data["csrf_token"] = token(bob, name)
        case "other form":
            data["csrf_token"] = token(alice, "another form")
        case "query":
            query = {"csrf_token": data.pop("csrf_token")}
        case "text":
            headers["Content-Type"] = "text/plain"
            data = f"csrf_token={good}"
        case "null origin":
            headers["Origin"] = "null"
        case "cross":
            headers["Sec-Fetch-Site"] = "cross-site"
        case "foreign":
            headers["Origin"] = "https://evil.test"
    answer = alice.browser.post(address, data=data, headers=headers, query_string=query)
    assert answer.status_code == 403, answer.text
    assert answer.mimetype == "text/html"
    assert b"Alice Moreno" in alice.get("/accounts").data


@pytest.mark.attack("AZ-11")
@pytest.mark.parametrize(
    "target", ["//evil", "/\\evil", "///evil", "/%09/evil", "https:evil", "/\r\nSet-Cookie: a=b"]
)
def test_no_parameter_says_where_a_sign_in_leads(alice: Person, target: str) -> None:
    page = alice.get("/login", next=target, pending=target)
    answer = alice.press(
        page, "/login", username="alice", password="demo", next=target, pending=target
    )
    assert answer.headers["Location"] == "/accounts"


def test_a_wrong_name_and_a_wrong_password_look_alike(as_app: AsServer) -> None:
    texts = []
    for login, password in (("alice", "wrong"), ("nobody", "wrong"), ("nobody", "")):
        person = Person(as_app, login, password)
        answer = person.sign_in()
        assert answer.status_code == 401
        assert "The sign-in name or password is not right" in answer.text
        assert 'value="wrong"' not in answer.text
        hidden = answer.text.replace(login, "LOGIN")
        import re

        texts.append(re.sub(r'value="[A-Za-z0-9_=-]{32}"', "TOKEN", hidden))
    assert texts[0] == texts[1] == texts[2]


@pytest.mark.attack("WEB-29")
def test_many_tries_are_slowed_for_that_address_only(as_app: AsServer, clock: Clock) -> None:
    thief = Person(as_app, "alice", "guess")
    codes = [thief.sign_in().status_code for _ in range(7)]
    assert codes == [401] * 5 + [429] * 2
    locked = thief.sign_in()
    assert int(locked.headers["Retry-After"]) > 0
    assert "Wait 1 minute," in locked.text
    honest = Person(as_app, "alice")
    page = honest.get("/login")
    html = page.get_data(as_text=True)
    import re

    token = re.search(r'name="csrf_token" value="([^"]+)"', html)
    assert token is not None
    answer = honest.browser.post(
        "/login",
        data={"username": "alice", "password": "demo", "csrf_token": token[1]},
        environ_base={"REMOTE_ADDR": "10.1.1.1"},
    )
    assert answer.status_code == 303
    clock.advance(seconds=60)
    assert thief.sign_in().status_code == 401


@pytest.mark.attack("WEB-29")
def test_one_password_for_many_names_is_slowed_too(as_app: AsServer) -> None:
    codes = [Person(as_app, f"name{n}", "spring").sign_in().status_code for n in range(52)]
    assert codes[:50] == [401] * 50
    assert codes[50:] == [429, 429]


@pytest.mark.attack("WEB-31")
@pytest.mark.parametrize("password", ["x" * 129, "x" * 60_000, "de\x00mo", "\ud83d", ""])
def test_unusable_passwords_never_reach_argon2(
    as_app: AsServer, password: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    passwords = as_app.passwords

    class Never:
        def verify(self, *_: object) -> bool:
            raise AssertionError("argon2 was called")

    monkeypatch.setattr(passwords, "_hasher", Never())
    assert passwords.verify(None, password) is False


@pytest.mark.attack("WEB-31")
def test_two_spellings_of_one_password_are_one(as_app: AsServer) -> None:
    composed = unicodedata.normalize("NFC", "pa\u00dfw\u00f6rd")
    stored = as_app.passwords.hash(composed)
    assert as_app.passwords.verify(stored, unicodedata.normalize("NFD", composed))


@pytest.mark.attack("WEB-32")
def test_passwords_are_checked_a_few_at_a_time(as_settings: Any) -> None:
    passwords = Passwords(as_settings)
    running, most, lock = 0, 0, threading.Lock()

    class Slow:
        def verify(self, *_: object) -> bool:
            nonlocal running, most
            with lock:
                running += 1
                most = max(most, running)
            threading.Event().wait(0.005)
            with lock:
                running -= 1
            return True

    passwords._hasher = Slow()  # type: ignore[assignment]
    threads = [threading.Thread(target=passwords.verify, args=("h", "p")) for _ in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == as_settings.argon2_concurrency


def test_a_sign_in_ends_when_idle_and_after_eight_hours(
    app: App, alice: Person, clock: Clock
) -> None:
    app.code_from(alice)
    clock.advance(seconds=901)
    page = alice.follow(alice.get("/authorize", **app.query()))
    assert b'name="username"' in page.data
    alice.sign_in()
    for _ in range(48):
        clock.advance(minutes=10)
        page = alice.follow(alice.get("/authorize", **app.query()))
    assert b'name="username"' in page.data


def test_personas_exist_only_in_the_demo(
    as_settings: Any, clock: Clock, server_keys: Any, alice: Person
) -> None:
    page = alice.get("/login")
    assert "This is a demo" not in page.text
    answer = alice.press(page, "/login", persona="alice")
    assert answer.status_code == 403
    demo = create_app(
        as_settings.model_copy(update={"demo_mode": True}), clock=clock, key_set=server_keys
    )
    player = Person(demo, "bob")
    page = player.get("/login")
    assert "Dr. Bob Chen" in page.text
    assert player.press(page, "/login", persona="bob").status_code == 303
    assert player.press(player.get("/login"), "/login", persona="nobody").status_code == 401


def test_a_stored_hash_follows_the_settings(
    as_app: AsServer, as_settings: Any, clock: Clock, server_keys: Any
) -> None:
    stronger = as_settings.model_copy(update={"argon2_time_cost": 2})
    server = create_app(stronger, clock=clock, key_set=server_keys)
    assert Person(server, "alice").sign_in().status_code == 303
    with writing(server.engine) as db:
        found = account.by_login(db, "alice")
        assert found is not None
        assert "t=2" in found.password_hash
