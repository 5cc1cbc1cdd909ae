"""The authorization endpoint: redirect first, PKCE, prompts, consent (RFC 6749 4.1, OIDC 3.1.2)."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from as_server.context import AsServer
from tests.as_server.person import App, Person
from tests.conftest import Clock


def is_error_page(answer: Any) -> None:
    assert answer.status_code == 400, answer.text
    assert answer.mimetype == "text/html"
    assert "Location" not in answer.headers


def error_of(app: App, answer: Any) -> str:
    members = app.answer_of(answer)
    assert members["iss"] == "http://localhost:8400"
    assert members["state"] == "a state of the app"
    assert "code" not in members
    return members["error"]


def test_the_answer_carries_code_state_and_issuer(app: App, alice: Person) -> None:
    members = app.answer_of(alice.walk("/authorize", app.query()))
    assert set(members) == {"code", "state", "iss"}
    assert members["iss"] == "http://localhost:8400"


@pytest.mark.attack("AZ-01")
@pytest.mark.attack("AZ-02")
@pytest.mark.parametrize(
    "changes",
    [
        {"response_type": "token"},
        {"response_type": "code id_token", "scope": "profile"},
        {"response_type": 'quote"d'},
        {"prompt": "none"},
        {},
    ],
)
def test_a_foreign_redirect_uri_is_a_page_whatever_else_is_wrong(
    app: App, alice: Person, changes: dict[str, str]
) -> None:
    query = app.query(redirect_uri="https://evil.test", **changes)
    is_error_page(alice.get("/authorize", **query))


@pytest.mark.attack("AZ-04")
@pytest.mark.attack("AZ-07")
@pytest.mark.parametrize(
    "uri",
    [
        None,
        "",
        "https://app.example/callback/",
        "https://app.example/callback?code=x&state=y&iss=z",
        "https://app.example/callback#code=x",
        "https://APP.example/callback",
        "https://app.example:443/callback",
        "https://app.example/%63allback",
        "http://app.example/callback",
        "https://app.example@evil.test/callback",
        'https://app.example/callback"\u00fc',
    ],
)
def test_the_redirect_uri_is_compared_character_by_character(
    app: App, alice: Person, uri: str | None
) -> None:
    is_error_page(alice.get("/authorize", **app.query(redirect_uri=uri)))


@pytest.mark.attack("AZ-05")
def test_only_the_port_of_a_literal_loopback_address_may_vary(
    as_app: AsServer, alice: Person, clock: Clock
) -> None:
    native = App(as_app, clock)
    native.redirect_uri = "http://127.0.0.1/cb"
    native.register(application_type="native")
    good = native.query(redirect_uri="http://127.0.0.1:49152/cb")
    assert alice.get("/authorize", **good).status_code == 303
    for uri in (
        "http://localhost:1@evil/",
        "http://127.0.0.1.evil.test/",
        "http://[::1]:8/cb",
        "http://127.0.0.1:49152/cb2",
        "http://127.0.0.1:49152/cb/",
        "http://127.0.0.1:x/cb",
        "https://127.0.0.1:49152/cb",
    ):
        is_error_page(alice.get("/authorize", **native.query(redirect_uri=uri)))


def test_an_unknown_client_is_a_page(app: App, alice: Person) -> None:
    for client_id in (None, "nobody", "' OR 1=1"):
        is_error_page(alice.get("/authorize", **app.query(client_id=client_id)))


@pytest.mark.attack("AZ-08")
@pytest.mark.parametrize("name", ["scope", "state", "code_challenge", "nonce", "response_type"])
def test_a_parameter_given_twice_is_refused(app: App, alice: Person, name: str) -> None:
    query = app.query()
    pairs = [*query.items(), (name, query[name])]
    answer = alice.browser.get("/authorize", query_string=pairs)
    assert app.answer_of(answer)["error"] == "invalid_request"


@pytest.mark.attack("AZ-08")
@pytest.mark.parametrize("name", ["client_id", "redirect_uri"])
def test_who_asks_and_where_to_must_be_said_once(app: App, alice: Person, name: str) -> None:
    query = app.query()
    pairs = [*query.items(), (name, query[name])]
    is_error_page(alice.browser.get("/authorize", query_string=pairs))


@pytest.mark.attack("AZ-13")
def test_every_client_needs_a_challenge(app: App, public_app: App, alice: Person) -> None:
    for client in (app, public_app):
        query = client.query(code_challenge=None, code_challenge_method=None)
        assert error_of(client, alice.get("/authorize", **query)) == "invalid_request"


@pytest.mark.attack("AZ-14")
@pytest.mark.parametrize("method", ["plain", None, "s256", "S256 ", "S256\n"])
def test_the_challenge_must_be_s256(app: App, alice: Person, method: str | None) -> None:
    answer = alice.get("/authorize", **app.query(code_challenge_method=method))
    assert error_of(app, answer) == "invalid_request"


@pytest.mark.parametrize("challenge", ["x", "a" * 42, "a" * 44, "a" * 43 + "\n", "a" * 42 + "+"])
def test_the_challenge_must_look_like_a_sha256(app: App, alice: Person, challenge: str) -> None:
    answer = alice.get("/authorize", **app.query(code_challenge=challenge))
    assert error_of(app, answer) == "invalid_request"


@pytest.mark.attack("AZ-22")
def test_openid_needs_a_fresh_nonce(app: App, alice: Person) -> None:
    assert error_of(app, alice.get("/authorize", **app.query(nonce=None))) == "invalid_request"
    app.code_from(alice, nonce="used before")
    again = alice.walk("/authorize", app.query(nonce="used before"))
    assert error_of(app, again) == "invalid_request"


@pytest.mark.attack("AZ-28")
@pytest.mark.attack("AZ-31")
def test_request_objects_are_not_looked_at(app: App, alice: Person) -> None:
    by_address = alice.get("/authorize", **app.query(request_uri="https://evil/ro.jwt"))
    assert error_of(app, by_address) == "request_uri_not_supported"
    by_value = alice.get("/authorize", **app.query(request="e30.e30."))
    assert error_of(app, by_value) == "request_not_supported"
    without = {"client_id": app.client_id, "request_uri": "urn:ietf:params:oauth:request_uri:x"}
    is_error_page(alice.get("/authorize", **without))


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": None}, "unsupported_response_type"),
        ({"response_type": 'a"\u00fc'}, "unsupported_response_type"),
        ({"response_mode": "form_post"}, "invalid_request"),
        ({"response_mode": "fragment"}, "invalid_request"),
        ({"scope": None}, "invalid_scope"),
        ({"scope": "btg user/*.read"}, "invalid_scope"),
        ({"prompt": "none login"}, "invalid_request"),
        ({"prompt": "frobnicate"}, "invalid_request"),
        ({"max_age": "-1"}, "invalid_request"),
        ({"max_age": "soon"}, "invalid_request"),
        ({"resource": "https://unknown.example/fhir"}, "invalid_target"),
    ],
)
def test_other_faults_go_back_to_the_app(
    app: App, alice: Person, changes: dict[str, Any], error: str
) -> None:
    answer = alice.get("/authorize", **app.query(**changes))
    assert error_of(app, answer) == error
    text = parse_qs(urlsplit(answer.headers["Location"]).query)["error_description"][0]
    assert text.isascii()
    assert '"' not in text


@pytest.mark.attack("AZ-26")
def test_prompt_none_never_shows_a_page(app: App, alice: Person) -> None:
    assert error_of(app, alice.get("/authorize", **app.query(prompt="none"))) == "login_required"
    app.code_from(alice)
    assert "code" in app.answer_of(alice.get("/authorize", **app.query(prompt="none")))
    more = app.query(prompt="none", scope="openid profile email")
    assert error_of(app, alice.get("/authorize", **more)) == "consent_required"


def test_prompt_login_asks_even_the_signed_in(app: App, alice: Person, clock: Clock) -> None:
    app.code_from(alice)
    clock.advance(seconds=20)
    page = alice.follow(alice.get("/authorize", **app.query(prompt="login")))
    assert b'name="username"' in page.data
    answer = alice.follow(alice.sign_in(page))
    assert "code" in app.answer_of(answer)


def test_max_age_asks_when_the_sign_in_is_older(app: App, alice: Person, clock: Clock) -> None:
    app.code_from(alice)
    clock.advance(seconds=61)
    fresh_enough = alice.get("/authorize", **app.query(max_age="61"))
    assert "code" in app.answer_of(fresh_enough)
    page = alice.follow(alice.get("/authorize", **app.query(max_age="60")))
    assert b'name="username"' in page.data


def test_a_consent_is_remembered_for_the_same_scopes_only(app: App, alice: Person) -> None:
    app.code_from(alice, scope="openid profile")
    assert "code" in app.answer_of(alice.get("/authorize", **app.query(scope="profile openid")))
    page = alice.follow(alice.get("/authorize", **app.query(scope="openid profile uma_policy")))
    assert b'name="decision"' in page.data


def test_a_pat_is_never_given_silently(app: App, alice: Person) -> None:
    app.code_from(alice, scope="openid uma_protection")
    page = alice.follow(alice.get("/authorize", **app.query(scope="openid uma_protection")))
    assert b"Let Clinic app use this sharing service" in page.data


def test_no_means_access_denied(app: App, alice: Person) -> None:
    answer = alice.walk("/authorize", app.query(), decision="deny")
    assert error_of(app, answer) == "access_denied"


def test_an_optional_scope_is_given_only_if_ticked(app: App, alice: Person) -> None:
    query = app.query(scope="openid profile email")
    page = alice.follow(alice.sign_in(alice.follow(alice.get("/authorize", **query))))
    assert b'name="scope" value="email"' in page.data
    assert b"checked" not in page.data
    unticked = app.redeem(app.answer_of(alice.press(page, "/authorize/", decision="allow"))["code"])
    assert unticked.json["scope"] == "openid profile"
    query = app.query(scope="email openid profile", prompt="consent")
    page = alice.follow(alice.get("/authorize", **query))
    answer = alice.press(page, "/authorize/", decision="allow", scope="email")
    ticked = app.redeem(app.answer_of(answer)["code"])
    assert "email" in ticked.json["scope"]


@pytest.mark.spec("HO-72")
@pytest.mark.attack("REG-19")
@pytest.mark.attack("REG-20")
def test_a_self_registered_app_is_marked_and_shown_as_text(
    as_app: AsServer, alice: Person, clock: Clock
) -> None:
    name = "<img src=x onerror=alert(1)>\u202etxt.exe {{7*7}} " + "x" * 10_000
    logo = "https://logos.example/l.png"
    odd = App(as_app, clock, 1).register(client_name=name, logo_uri=logo)
    page = alice.follow(alice.sign_in(alice.follow(alice.get("/authorize", **odd.query()))))
    assert page.status_code == 200
    assert 'data-registration="dynamic"' in page.text
    assert "<img" not in page.text
    assert "{{7*7}}" in page.text
    assert "\u202e" not in page.text
    assert "x" * 100 not in page.text
    assert "logos.example" not in page.text


@pytest.mark.fault("1.6")
def test_pages_that_end_at_the_app_leave_form_action_out(app: App, alice: Person) -> None:
    """Browsers hold the redirects of the app's own address to it, too (CSP 3)."""
    page = alice.follow(alice.get("/authorize", **app.query()))
    pages = [page, alice.follow(alice.sign_in(page))]
    pages.append(alice.follow(alice.get("/authorize", **app.query(prompt="select_account"))))
    for page in pages:
        assert page.status_code == 200
        policy = page.headers["Content-Security-Policy"]
        assert "form-action" not in policy
        assert "unsafe-inline" not in policy
        assert "frame-ancestors 'none'" in policy
    plain = alice.get("/login").headers["Content-Security-Policy"]
    assert plain.endswith("form-action 'self'")


def test_a_request_may_come_as_a_form(app: App, alice: Person) -> None:
    answer = alice.browser.post("/authorize", data=app.query())
    assert answer.status_code == 303
    assert b'name="username"' in alice.follow(answer).data


def test_a_waiting_request_belongs_to_its_browser(
    as_app: AsServer, app: App, alice: Person, bob: Person
) -> None:
    page = alice.follow(alice.sign_in(alice.follow(alice.get("/authorize", **app.query()))))
    address = page.request.path
    bob.sign_in()
    is_error_page(bob.get(address))
    alice.press(page, "/authorize/", decision="allow")
    is_error_page(alice.get(address))


def test_an_https_issuer_behind_a_proxy_works_on_any_inner_address(
    as_settings: Any, clock: Clock, server_keys: Any
) -> None:
    """Authlib refuses plain http by the request's own URL; ours go by the issuer."""
    from as_server.app import create_app

    outer = as_settings.model_copy(update={"issuer": "https://as.example"})
    server = create_app(outer, clock=clock, key_set=server_keys)
    answer = server.test_client().post(
        "/token", base_url="http://10.0.0.7:8000", data={"grant_type": "authorization_code"}
    )
    assert (answer.status_code, answer.json["error"]) == (401, "invalid_client")
    assert "max-age" in answer.headers["Strict-Transport-Security"]
