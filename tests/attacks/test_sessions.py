"""Browsers, cookies, forms and what a person allowed (WEB): the pages of the server itself."""

from __future__ import annotations

import re
from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any

import pytest

from as_server.context import AsServer
from tests.as_server.person import App, Person
from tests.attacks.conftest import dump, refused, unharmed
from tests.attacks.race import codes, race
from tests.conftest import Clock

FORM = "application/x-www-form-urlencoded"
XSS = [
    "<script>alert(1)</script>",
    "\"><img src=x onerror='alert(1)'>",
    "' onfocus=alert(1) autofocus='",
    "javascript:alert(1)",
    "{{7*7}}{% print(7*7) %}${7*7}",
    "</title><svg/onload=alert(1)>",
    "<a href=javascript:alert(1)>x</a>",
]


def page_forms(server: AsServer) -> list[str]:
    """Every address of this server that a page's form can change something at."""
    pages = {"authorization", "login", "accounts", "allowed_apps", "end_session"}
    return sorted(
        rule.rule.replace("<key>", "some-key")
        for rule in server.url_map.iter_rules()
        if rule.endpoint.partition(".")[0] in pages
        and {"POST", "PUT", "DELETE", "PATCH"} & set(rule.methods or ())
        # Starting a request is no change: it is answered by the same redirect as a link.
        and rule.endpoint != "authorization.create"
    )


def token_on(page: Any) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', page.text)
    assert found is not None
    return found[1]


@pytest.mark.attack("WEB-05")
@pytest.mark.attack("WEB-02")
@pytest.mark.attack("CLM-05")
def test_no_form_is_taken_from_anywhere_else(as_app: AsServer, alice: Person) -> None:
    alice.sign_in()
    bob = Person(as_app, "bob")
    bob.sign_in()
    theirs = token_on(bob.get("/accounts"))
    login, accounts = token_on(alice.get("/login")), token_on(alice.get("/accounts"))
    paths = page_forms(as_app)
    assert set(paths) == {"/login", "/accounts", "/logout", "/apps/stop", "/authorize/some-key"}
    before = dump(as_app.settings)
    for path in paths:
        own = login if path == "/login" else accounts
        other = accounts if path == "/login" else login
        fields = {"username": "alice", "password": "demo", "decision": "allow", "account": ""}
        tries: list[dict[str, Any]] = [
            {"data": fields},
            *(
                {"data": {**fields, "csrf_token": sent}}
                for sent in ("", "x", theirs, other, "\xff")
            ),
            {"data": {**fields, "csrf_token": [own, own]}},
            {"data": fields, "query_string": {"csrf_token": own}},
            {"json": {**fields, "csrf_token": own}},
            {"data": f"csrf_token={own}", "content_type": "text/plain"},
            {"data": {**fields, "csrf_token": own}, "content_type": "multipart/form-data"},
        ]
        for origin in ("null", "http://localhost:8402", "http://localhost:84000", "https://x.y"):
            tries.append({"data": {**fields, "csrf_token": own}, "headers": {"Origin": origin}})
        for site in ("cross-site", "same-site", "", "same-origin, cross-site"):
            headers = {"Sec-Fetch-Site": site, "Origin": "http://localhost:8400"}
            tries.append({"data": {**fields, "csrf_token": own}, "headers": headers})
        for options in tries:
            refused(alice.browser.post(path, **options), 403)
        for method in ("PUT", "PATCH", "DELETE"):
            refused(alice.browser.open(path, method=method, data=fields), (400, 405))
        headers = {"X-HTTP-Method-Override": "POST"}
        unharmed(
            alice.browser.get(path, query_string={**fields, "_method": "POST"}, headers=headers)
        )
    assert dump(as_app.settings) == before


@pytest.mark.attack("WEB-01")
@pytest.mark.attack("CLM-07")
def test_a_cookie_that_was_planted_dies_with_the_sign_in(as_app: AsServer) -> None:
    attacker, victim = Person(as_app, "bob"), Person(as_app, "alice")
    attacker.get("/login")
    planted = attacker.browser.get_cookie("heart_as")
    assert planted is not None
    victim.browser.set_cookie("heart_as", planted.value)
    victim.sign_in()
    kept = victim.browser.get_cookie("heart_as")
    assert kept is not None
    assert kept.value != planted.value
    assert "Alice" not in attacker.follow(attacker.get("/accounts")).text
    assert kept.http_only
    assert kept.same_site == "Lax"


@pytest.mark.attack("WEB-04")
def test_a_changed_cookie_is_nobodys(as_app: AsServer, alice: Person) -> None:
    alice.sign_in()
    cookie = alice.browser.get_cookie("heart_as")
    assert cookie is not None
    value = cookie.value
    changed = [value[:at] + chr(ord(value[at]) ^ 1) + value[at + 1 :] for at in range(len(value))]
    for other in [*changed, value.swapcase(), value[:-1], value + "=", "", "\u00e9", "a" * 4_000]:
        browser = as_app.test_client()
        answer = unharmed(browser.get("/accounts", headers={"Cookie": f"heart_as={other}"}))
        assert answer.headers["Location"].startswith("/login")


@pytest.mark.attack("WEB-25")
@pytest.mark.attack("WEB-23")
def test_nothing_is_kept_for_the_back_button(
    as_app: AsServer, app: App, alice: Person, clock: Clock
) -> None:
    alice.sign_in()
    for path in ("/accounts", "/apps", "/login", "/logout"):
        unharmed(alice.get(path))
    page = unharmed(alice.follow(alice.get("/authorize", **app.query())))
    clock.advance(seconds=as_app.settings.session_idle + 1)
    answer = alice.press(page, "/authorize/", decision="allow")
    assert answer.headers["Location"].startswith("/login"), "idle: the page alone gives nothing"
    assert "Alice" not in alice.follow(alice.get("/accounts")).text


@pytest.mark.attack("WEB-26")
def test_an_app_that_was_stopped_has_to_ask_again(app: App, alice: Person) -> None:
    tokens = app.tokens(alice, "openid uma_policy offline_access")
    again = app.query(scope="openid uma_policy offline_access", prompt="none")
    on_its_way = app.answer_of(alice.get("/authorize", **again))["code"]
    alice.press(alice.get("/apps"), "/apps/stop")
    refused(app.refresh(tokens["refresh_token"]), 400, "invalid_grant")
    refused(app.redeem(on_its_way), 400, "invalid_grant")
    again = app.query(scope="openid uma_policy offline_access", prompt="none")
    assert app.answer_of(alice.get("/authorize", **again))["error"] == "consent_required"
    headers = {"Authorization": f"Bearer {tokens['access_token']}"}
    assert app.wire.get("/policy", headers=headers).status_code == 401


@pytest.mark.attack("WEB-26")
def test_no_app_hides_from_the_list_by_asking_for_more(app: App, alice: Person) -> None:
    tokens = app.tokens(alice, "openid uma_protection uma_policy owner offline_access")
    page = alice.get("/apps")
    assert "Clinic app" in page.text
    alice.press(page, "/apps/stop")
    refused(app.refresh(tokens["refresh_token"]), 400, "invalid_grant")


@pytest.mark.attack("WEB-07")
def test_nobody_stops_the_apps_of_another(as_app: AsServer, app: App, alice: Person) -> None:
    tokens = app.tokens(alice, "openid offline_access")
    bob = Person(as_app, "bob")
    bob.sign_in()
    token = token_on(bob.get("/accounts"))
    app.tokens(bob, "openid offline_access")
    page = bob.get("/apps")
    assert token
    bob.press(page, "/apps/stop", client_id=app.client_id)
    assert app.refresh(tokens["refresh_token"]).status_code == 200


@pytest.mark.attack("WEB-29")
def test_guesses_that_come_at_once_are_counted_too(
    as_app: AsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A guess is counted before the password is looked at: it takes a while, and others come."""
    started = 0

    def slow(_stored: object, password: str) -> bool:
        nonlocal started
        started += 1
        import time

        time.sleep(0.2)
        return password == "demo"

    monkeypatch.setattr(as_app.passwords, "verify", slow)
    thieves = [Person(as_app, "alice", f"guess {n}") for n in range(16)]
    pages = [thief.get("/login") for thief in thieves]
    steps: list[Callable[[], Any]] = [
        lambda thief=thief, page=page: thief.sign_in(page)  # type: ignore[misc]
        for thief, page in zip(thieves, pages, strict=True)
    ]
    assert codes(race(*steps)) == [401] * 5 + [429] * 11
    assert started == 5


@pytest.mark.attack("WEB-29")
def test_right_passwords_are_no_guesses(as_app: AsServer) -> None:
    for _ in range(12):
        assert Person(as_app, "alice").sign_in().status_code == 303


@pytest.mark.attack("WEB-14")
@pytest.mark.attack("REG-19")
@pytest.mark.parametrize("text", XSS)
def test_words_of_strangers_stay_words(
    as_app: AsServer, alice: Person, clock: Clock, text: str
) -> None:
    evil = App(as_app, clock, 1).register(client_name=text + "\u202e\u200b" + "x" * 1_000)
    page = alice.get("/login", pending=text, next=text)
    assert active_parts(page.text) == []
    page = alice.follow(alice.get("/authorize", **evil.query(login_hint=text)))
    answer = alice.press(page, "/login", username=text, password=text)
    consent = alice.follow(alice.sign_in(page))
    if 'name="decision"' not in consent.text:
        consent = alice.follow(pick_first(alice, consent))
    evil.tokens(alice, "openid offline_access")
    for shown in (page, answer, consent, alice.get("/apps")):
        unharmed(shown)
        assert active_parts(shown.text) == []
        assert "\u202e" not in shown.text
        assert "x" * 100 not in shown.text


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        held = dict(attrs)
        if tag in ("img", "iframe", "object", "embed", "base", "style", "math"):
            self.found.append(tag)
        if tag == "script" and not (held.get("src") or "").startswith("/ui/"):
            self.found.append("script")
        for name, value in attrs:
            leads = name in ("href", "src", "action", "formaction", "xlink:href")
            if name.startswith("on") or name in ("style", "autofocus"):
                self.found.append(name)
            elif leads and not re.match(r"/(?!/)|#|http://localhost:8402/settings$", value or "#"):
                # (The last is of the portal, which the operator names.)
                self.found.append(f"{name}={value}")


def active_parts(html: str) -> list[str]:
    """Whatever on a page could run or lead away."""
    reader = _Reader()
    reader.feed(html)
    return reader.found


def pick_first(person: Person, page: Any) -> Any:
    found = re.search(r'name="account" value="([^"]+)"', page.text)
    assert found is not None, page.text
    return person.press(page, "/accounts", account=found[1])


@pytest.mark.attack("WEB-19")
def test_no_answer_of_an_endpoint_is_a_document(as_app: AsServer, app: App) -> None:
    for method, path in (("POST", "/token"), ("GET", "/policy"), ("GET", "/userinfo")):
        answer = as_app.test_client().open(path, method=method, headers={"Accept": "text/html"})
        unharmed(answer)
        assert answer.mimetype == "application/json"
        assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")


@pytest.mark.attack("WEB-17")
@pytest.mark.attack("DOS-25")
def test_nothing_is_built_from_the_host_a_caller_names(as_app: AsServer, app: App) -> None:
    spoofed = {
        "Host": "evil.example",
        "X-Forwarded-Host": "evil.example",
        "X-Forwarded-Proto": "https",
        "Forwarded": "host=evil.example;proto=https",
        "X-Original-URL": "/policy",
    }
    wire = as_app.test_client()
    document = wire.get("/.well-known/uma2-configuration", headers=spoofed)
    assert "evil" not in document.text
    for path in ("/authorize", "/accounts", "/apps", "/login", "/nope", "/logout"):
        answer = wire.get(
            path, query_string=app.query() if path == "/authorize" else {}, headers=spoofed
        )
        assert "evil" not in answer.text
        assert "evil" not in str(answer.headers)
    answer = wire.post("/token", data={"grant_type": "x", **app.proof()}, headers=spoofed)
    refused(answer, 400, "unsupported_grant_type")
