"""Who is using this now: several people on one browser (A2)."""

from __future__ import annotations

from typing import Any

from as_server.app import create_app
from as_server.context import AsServer
from heart_uma.jose import peek
from tests.as_server.person import App, Person
from tests.conftest import Clock


def both_signed_in(server: AsServer) -> Person:
    person = Person(server, "alice")
    person.sign_in()
    person.login = "bob"
    person.sign_in()
    return person


def key_of(page: Any, name: str) -> str:
    import re

    found = re.search(rf'name="account" value="([^"]+)">{name}', page.text)
    assert found is not None
    return found[1]


def test_in_a_demo_the_page_always_asks(
    as_app: AsServer, as_settings: Any, clock: Clock, server_keys: Any, app: App
) -> None:
    settings = as_settings.model_copy(update={"demo_mode": True})
    person = both_signed_in(create_app(settings, clock=clock, key_set=server_keys))
    page = person.follow(person.get("/authorize", **app.query()))
    assert "Who is using this now?" in page.text
    chosen = person.press(page, "/accounts", account=key_of(page, "Alice Moreno"))
    consent = person.follow(chosen)
    assert "Alice Moreno" in consent.text
    answer = person.press(consent, "/authorize/", decision="allow")
    tokens = app.redeem(app.answer_of(answer)["code"]).json
    assert peek(tokens["id_token"])[1]["name"] == "Alice Moreno"


def test_a_hint_at_somebody_else_asks(as_app: AsServer, app: App) -> None:
    person = both_signed_in(as_app)
    page = person.follow(person.get("/authorize", **app.query(login_hint="alice")))
    assert "Who is using this now?" in page.text
    page = person.follow(person.get("/authorize", **app.query(login_hint="bob")))
    assert 'name="decision"' in page.text
    silent = app.query(login_hint="alice", prompt="none")
    # Nobody here has agreed to this app, so it does not learn who is here.
    assert app.answer_of(person.get("/authorize", **silent))["error"] == "consent_required"
    person.press(page, "/authorize/", decision="allow")
    silent = app.query(login_hint="alice", prompt="none")
    answer = app.answer_of(person.get("/authorize", **silent))
    assert answer["error"] == "account_selection_required"


def test_a_hint_at_somebody_not_here_offers_someone_else(app: App, alice: Person) -> None:
    alice.sign_in()
    page = alice.follow(alice.get("/authorize", **app.query(login_hint="bob@example.org")))
    assert "Someone else" in page.text


def test_an_id_token_hint_counts_even_after_it_expired(
    app: App, alice: Person, clock: Clock
) -> None:
    tokens = app.tokens(alice, "openid")
    clock.advance(minutes=10)
    query = app.query(id_token_hint=tokens["id_token"], prompt="none", scope="openid")
    assert "code" in app.answer_of(alice.get("/authorize", **query))


def test_nobody_can_be_chosen_who_is_not_signed_in(
    as_app: AsServer, alice: Person, bob: Person
) -> None:
    alice.sign_in()
    page = bob.follow(bob.sign_in())
    stolen = key_of(alice.get("/accounts"), "Alice Moreno")
    answer = bob.press(page, "/accounts", account=stolen)
    assert answer.status_code == 400
    assert "Alice" not in bob.get("/accounts").text


def test_select_account_asks_even_one_person(app: App, alice: Person) -> None:
    alice.sign_in()
    page = alice.follow(alice.get("/authorize", **app.query(prompt="select_account")))
    assert "Who is using this now?" in page.text
