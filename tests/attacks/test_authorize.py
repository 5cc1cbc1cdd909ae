"""The authorization endpoint: who agreed, to what, where the code may go (AZ, CLM-02, CLM-04)."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from as_server.context import AsServer
from heart_uma.jose import peek
from tests.as_server.person import App, Person
from tests.attacks.conftest import dump, refused, unharmed
from tests.attacks.race import codes, race
from tests.conftest import Clock


def both_signed_in(server: AsServer) -> Person:
    """One browser, two people; Bob signed in last."""
    person = Person(server, "alice")
    person.sign_in()
    person.login = "bob"
    person.sign_in()
    return person


def key_of(person: Person, name: str) -> str:
    """The account's value behind a name on the page of people."""
    html = person.get("/accounts").text
    at = html.index(name)
    start = html.rindex('value="', 0, at) + 7
    return html[start : html.index('"', start)]


def subject(app: App, answer: Any) -> str:
    return str(peek(app.redeem(app.answer_of(answer)["code"]).json["id_token"])[1]["sub"])


def pick(person: Person, name: str, pending: str = "") -> Any:
    page = person.get("/accounts", pending=pending)
    return person.press(page, "/accounts", account=key_of(person, name), pending=pending)


@pytest.mark.attack("CLM-02")
def test_consent_counts_for_the_person_on_the_page(as_app: AsServer, app: App) -> None:
    person = both_signed_in(as_app)
    page = person.follow(person.get("/authorize", **app.query()))
    assert "Dr. Bob Chen" in page.text
    assert 'name="decision"' in page.text
    pick(person, "Alice Moreno")
    answer = person.press(page, "/authorize/", decision="allow")
    bob = Person(as_app, "bob")
    assert subject(app, answer) == subject(app, bob.walk("/authorize", app.query()))


@pytest.mark.attack("CLM-02")
def test_a_person_who_left_agrees_to_nothing(as_app: AsServer, app: App) -> None:
    person = both_signed_in(as_app)
    page = person.follow(person.get("/authorize", **app.query()))
    away = person.get("/logout")
    person.press(away, "/logout", account=key_of(person, "Dr. Bob Chen"))
    refused(person.press(page, "/authorize/", decision="allow"), 403)
    unharmed(person.follow(person.get(page.request.path)))


@pytest.mark.attack("CLM-04")
@pytest.mark.parametrize("wish", [{"prompt": "login"}, {"max_age": "60"}], ids=str)
def test_a_fresh_sign_in_of_one_person_is_not_one_of_another(
    as_app: AsServer, app: App, clock: Clock, wish: dict[str, str]
) -> None:
    """Alice proves herself for a request that wants proof, then picks Bob, who sat there before."""
    person = Person(as_app, "bob")
    person.sign_in()
    clock.advance(minutes=10)
    page = person.follow(person.get("/authorize", **app.query(**wish)))
    assert 'name="username"' in page.text
    person.login = "alice"
    answer = person.sign_in(page)
    pending = urlsplit(answer.headers["Location"]).path.rpartition("/")[2]
    answer = person.follow(pick(person, "Dr. Bob Chen", pending))
    assert 'name="username"' in answer.text, "Bob has to prove himself"
    person.login = "bob"
    answer = person.follow(person.sign_in(answer))
    assert 'name="decision"' in answer.text


@pytest.mark.attack("AZ-26")
def test_a_silent_request_with_a_hint_tells_a_stranger_nobodys_name(
    as_app: AsServer, app: App, alice: Person
) -> None:
    alice.sign_in()
    answers = set()
    for hint in ("alice", "alice@example.org", "bob", "nobody", ""):
        query = app.query(prompt="none", login_hint=hint)
        answers.add(app.answer_of(alice.get("/authorize", **query))["error"])
    assert answers == {"consent_required"}


@pytest.mark.attack("AZ-26")
def test_nobody_is_silent_about_records(as_app: AsServer, app: App, alice: Person) -> None:
    wide = "openid uma_protection uma_policy offline_access"
    app.code_from(alice, scope=wide)
    answer = alice.get("/authorize", **app.query(scope=wide, prompt="none"))
    assert app.answer_of(answer)["error"] == "consent_required"
    # Less than was agreed to is another question, and is asked too.
    answer = alice.get("/authorize", **app.query(scope="openid owner", prompt="none"))
    assert app.answer_of(answer)["error"] == "consent_required"


@pytest.mark.attack("AZ-11")
@pytest.mark.attack("WEB-07")
def test_a_waiting_request_belongs_to_its_browser(as_app: AsServer, app: App) -> None:
    alice, thief = Person(as_app, "alice"), Person(as_app, "bob")
    page = alice.get("/authorize", **app.query())
    key = parse_qs(urlsplit(page.headers["Location"]).query)["pending"][0]
    thief.sign_in()
    refused(thief.get(f"/authorize/{key}"), 400)
    unharmed(thief.get("/login", pending=key))
    answer = thief.press(
        thief.get("/login"), "/login", username="bob", password="demo", pending=key
    )
    assert answer.headers["Location"] == "/accounts"
    token = thief.get("/accounts")
    refused(thief.browser.post(f"/authorize/{key}", data={"decision": "allow"}), 403)
    assert key not in token.text


@pytest.mark.attack("AZ-29")
@pytest.mark.attack("AZ-28")
@pytest.mark.parametrize("name", ["request", "request_uri"])
def test_a_request_object_never_replaces_what_was_sent(app: App, alice: Person, name: str) -> None:
    value = "https://evil.example/ro.jwt" if name == "request_uri" else "e30.e30."
    answer = alice.get("/authorize", **app.query(**{name: value}))
    assert app.answer_of(answer)["error"] == f"{name}_not_supported"


@pytest.mark.attack("AZ-08")
def test_a_form_request_is_the_same_request(app: App, alice: Person) -> None:
    query = app.query()
    answer = alice.browser.post("/authorize", data=query)
    assert answer.headers["Location"].startswith("/authorize?")
    twice = {**query, "state": ["a", "b"]}
    answer = alice.follow(alice.browser.post("/authorize", data=twice))
    assert app.answer_of(answer)["error"] == "invalid_request"
    for twice in (
        {**query, "client_id": ["x", app.client_id]},
        {**query, "redirect_uri": ["x"] * 2},
    ):
        refused(alice.follow(alice.browser.post("/authorize", data=twice)), 400)
    refused(alice.browser.post("/authorize?client_id=x", data=query), 400)


@pytest.mark.attack("CLM-14")
@pytest.mark.attack("AZ-08")
@pytest.mark.parametrize(
    "state", ["\r\nSet-Cookie: x=1", "x" * 65_000, "<script>alert(1)</script>", "\u202e", "a b&c=d"]
)
def test_a_state_comes_back_as_it_was_or_not_at_all(app: App, alice: Person, state: str) -> None:
    answer = alice.get("/authorize", **app.query(state=state, prompt="none"))
    found = app.answer_of(answer)
    assert found["error"] in ("invalid_request", "login_required")
    assert found["state"] == state
    assert "x=1" not in "".join(answer.headers.getlist("Set-Cookie"))
    assert "\n" not in answer.headers["Location"]


@pytest.mark.attack("AZ-20")
def test_a_stolen_code_is_worth_nothing_to_another_client(
    as_app: AsServer, app: App, public_app: App, alice: Person, clock: Clock
) -> None:
    thief = App(as_app, clock, 1).register()
    for other in (thief, public_app):
        code = app.code_from(alice)
        proof = other.proof() if other is thief else {"client_id": other.client_id}
        form = {"grant_type": "authorization_code", "code": code, "code_verifier": app.verifier}
        form["redirect_uri"] = app.redirect_uri
        refused(other.wire.post("/token", data=form | proof), 400, "invalid_grant")
    code = app.code_from(alice)
    refused(app.redeem("x"), 400, "invalid_grant")
    before = dump(as_app.settings)
    for changed in (code[:-1], code + "A", code.swapcase(), code[::-1], code + "\n", " " + code):
        refused(app.redeem(changed), 400, "invalid_grant")
    assert dump(as_app.settings) == before
    assert app.redeem(code).status_code == 200


@pytest.mark.attack("AZ-16")
@pytest.mark.attack("AZ-20")
def test_one_code_and_many_hands_at_once(app: App, alice: Person) -> None:
    for _ in range(3):
        code = app.code_from(alice)
        answers = race(*[lambda code=code: app.redeem(code) for _ in range(8)])  # type: ignore[misc]
        assert codes(answers) == [200] + [400] * 7
        (won,) = [answer.json for answer in answers if answer.status_code == 200]
        # A code that comes twice has been seen by somebody: what it gave is taken back.
        headers = {"Authorization": f"Bearer {won['access_token']}"}
        assert app.wire.get("/userinfo", headers=headers).status_code == 401


@pytest.mark.attack("AZ-10")
def test_a_sign_out_leads_nowhere_a_stranger_says(
    as_app: AsServer, app: App, alice: Person, clock: Clock
) -> None:
    other = App(as_app, clock, 1).register(post_logout_redirect_uris=["https://evil.example/out"])
    tokens = app.tokens(alice, "openid")
    for query in (
        {"post_logout_redirect_uri": "https://evil.example/out"},
        {"post_logout_redirect_uri": "https://evil.example/out", "client_id": other.client_id},
        {
            "post_logout_redirect_uri": "https://evil.example/out",
            "client_id": other.client_id,
            "id_token_hint": tokens["id_token"],
        },
    ):
        answer = unharmed(alice.get("/logout", **query))
        assert "Location" not in answer.headers
        # The colour switch holds the page's own address, and nothing else comes back.
        assert "evil" not in answer.text.split("<footer")[0]
    assert "Alice Moreno" in alice.get("/accounts").text, "and signs nobody out by itself"
