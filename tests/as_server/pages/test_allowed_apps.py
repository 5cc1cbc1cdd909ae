"""Apps you allowed: seen, and stopped, by the person herself and nobody else."""

from __future__ import annotations

from as_server.context import AsServer
from tests.as_server.person import App, Person


def allow(person: Person, app: App, scope: str) -> dict[str, str]:
    """Sign in if need be, say yes, and hand the app its tokens."""
    page = person.follow(person.get("/authorize", **app.query(scope=scope)))
    if 'name="password"' in page.text:
        page = person.follow(person.sign_in(page))
    answer = person.press(page, "/authorize/", decision="allow")
    tokens: dict[str, str] = app.redeem(app.answer_of(answer)["code"]).json
    return tokens


def test_an_app_is_listed_and_ends_when_she_stops_it(as_app: AsServer, app: App) -> None:
    alice = Person(as_app, "alice")
    tokens = allow(alice, app, "openid uma_policy offline_access")
    page = alice.get("/apps")
    assert page.status_code == 200
    assert "Stop this app" in page.text
    stopped = alice.follow(alice.press(page, "/apps/stop"))
    assert "No app can work for you right now." in stopped.text
    assert app.refresh(tokens["refresh_token"]).json["error"] == "invalid_grant"
    headers = {"Authorization": f"Bearer {tokens['access_token']}"}
    assert as_app.test_client().get("/policy", headers=headers).status_code == 401


def test_another_person_cannot_stop_it(as_app: AsServer, app: App) -> None:
    alice, bob = Person(as_app, "alice"), Person(as_app, "bob")
    tokens = allow(alice, app, "openid uma_policy offline_access")
    other = allow(bob, app, "openid uma_policy offline_access")
    bob.press(bob.get("/apps"), "/apps/stop")
    assert app.refresh(other["refresh_token"]).status_code == 400
    assert app.refresh(tokens["refresh_token"]).status_code == 200


def test_without_a_sign_in_or_its_form_nothing_happens(as_app: AsServer, app: App) -> None:
    assert Person(as_app, "alice").get("/apps").status_code == 303
    alice = Person(as_app, "alice")
    tokens = allow(alice, app, "openid offline_access")
    forged = alice.browser.post("/apps/stop", data={"client_id": app.client_id})
    assert forged.status_code == 403
    assert app.refresh(tokens["refresh_token"]).status_code == 200
