"""Sessions: kept on the server, fresh at sign-in, short; posts need the form's token."""

from __future__ import annotations

import re
from datetime import timedelta

import httpx
import pytest
from sqlalchemy import text

from tests.patient_portal import fakes
from tests.patient_portal.conftest import Alice
from tests.patient_portal.test_what_happened import COULD_NOT_SHOW

PAGES = ("/", "/requests", "/records", "/looked", "/people", "/share/new/who", "/share/x")


def test_every_page_needs_a_sign_in_and_comes_back_to_itself(visitor: Alice) -> None:
    for page in PAGES:
        assert visitor.opens(page).location == "/login"
    visitor.opens("/people")
    assert visitor.signs_in().request.path == "/people"


def test_the_database_holds_neither_the_cookie_nor_a_token(alice: Alice) -> None:
    alice.opens("/")
    cookie = alice.browser.get_cookie("heart_portal")
    assert cookie
    assert cookie.http_only
    with alice.portal.engine.connect() as db:
        rows = str(db.execute(text("SELECT * FROM portal_session")).fetchall())
    assert cookie.value not in rows
    assert "token-for-" not in rows


def test_sign_in_makes_a_new_id(alice: Alice) -> None:
    before = alice.browser.get_cookie("heart_portal")
    alice.sends("/people", to="/logout")
    alice.signs_in()
    after = alice.browser.get_cookie("heart_portal")
    assert before
    assert after
    assert before.value != after.value


def test_idle_and_absolute_ends(alice: Alice) -> None:
    alice.service.now += timedelta(minutes=14)
    assert alice.opens("/people").status_code == 200
    alice.service.now += timedelta(minutes=14)
    assert alice.opens("/people").status_code == 200
    alice.service.now += timedelta(minutes=16)
    assert alice.opens("/people").location == "/login?over=1"
    alice.signs_in()
    for _ in range(8 * 6):
        alice.service.now += timedelta(minutes=10)
        answer = alice.opens("/people")
    assert answer.location == "/login?over=1"


def test_stay_signed_in_works_ten_times(alice: Alice) -> None:
    csrf = re.search(r'data-stay="/stay" data-token="(\w+)"', alice.opens("/people").text)
    assert csrf
    for _ in range(10):
        alice.service.now += timedelta(minutes=14)
        assert alice.browser.post("/stay", data={"csrf_token": csrf[1]}).status_code == 204
    alice.service.now += timedelta(minutes=16)
    assert alice.browser.post("/stay", data={"csrf_token": csrf[1]}).status_code == 303


def test_sign_out_ends_it_on_the_server(alice: Alice) -> None:
    cookie = alice.browser.get_cookie("heart_portal")
    assert cookie
    page = alice.sends("/people", to="/logout")
    assert "You are signed out here." in page.text
    alice.browser.set_cookie("heart_portal", cookie.value)
    assert alice.opens("/people").status_code == 303


def test_a_post_without_the_forms_token_is_refused(alice: Alice) -> None:
    answer = alice.browser.post("/share/s-bob-0000000000000000/stop", data={"csrf_token": "x"})
    assert answer.status_code == 400
    assert alice.service.policies["s-bob-0000000000000000"]["state"] == "on"


def test_a_post_from_another_site_does_not_even_end_the_session(alice: Alice) -> None:
    headers = {"Sec-Fetch-Site": "cross-site"}
    for path in ("/logout", "/login", "/people/asking"):
        assert alice.browser.post(path, headers=headers).status_code == 403
    assert alice.opens("/people").status_code == 200


def test_an_answer_to_another_sign_in_is_refused(visitor: Alice) -> None:
    visitor.browser.post("/login")
    answer = visitor.opens(f"/login/return?code=x&state=forged&iss={fakes.ISSUER}")
    assert answer.status_code == 400
    assert visitor.browser.get_cookie("heart_portal") is None


def test_a_sign_in_answer_works_once(visitor: Alice) -> None:
    out = visitor.browser.post("/login")
    back = visitor.portal.http.get(out.location)
    here = back.headers["location"].removeprefix(visitor.portal.settings.url)
    assert visitor.browser.get(here).status_code == 303
    assert visitor.browser.get(here).location == "/login"


@pytest.mark.fault("1.6")
def test_the_sign_in_form_may_lead_on_to_wherever_the_sharing_service_signs_in(
    visitor: Alice,
) -> None:
    csp = visitor.opens("/login").headers["Content-Security-Policy"]
    assert "form-action" not in csp
    assert "'unsafe-inline'" not in csp


def test_headers_on_every_page(alice: Alice) -> None:
    for path in ("/", "/nothing"):
        headers = alice.opens(path).headers
        assert headers["Cache-Control"] == "no-store"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["Content-Security-Policy"].endswith("; form-action 'self'")


def test_tokens_are_refreshed_before_they_end(alice: Alice) -> None:
    alice.opens("/")
    asked = alice.service.refreshes
    alice.opens("/")
    assert alice.service.refreshes == asked
    alice.service.now += timedelta(seconds=280)
    alice.opens("/")
    assert alice.service.refreshes == asked + 3


def test_a_family_that_was_revoked_leads_to_sign_in(alice: Alice) -> None:
    alice.service.refresh_tokens.clear()
    alice.service.now += timedelta(minutes=5)
    assert alice.opens("/").location == "/login?over=1"


def test_the_service_away_says_that_nothing_changed(
    alice: Alice, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*_args: object, **_more: object) -> httpx.Response:
        raise httpx.ConnectError("gone")

    monkeypatch.setattr(alice.portal.http, "request", gone)
    page = alice.opens("/")
    assert page.status_code == 503
    assert COULD_NOT_SHOW in page.text


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_operators_can_ask(visitor: Alice, path: str) -> None:
    assert visitor.opens(path).json == {"status": "ok"}


def test_figures_only_if_wished(visitor: Alice) -> None:
    assert visitor.opens("/metrics").status_code == 404


def test_no_page_has_inline_code(alice: Alice) -> None:
    for page in PAGES:
        assert not re.search(
            r"<style|\sstyle=|\son\w+=|<script(?![^>]* src=)", alice.opens(page).text
        )


def test_an_endless_form_gets_one_clear_answer_signed_in_or_not(visitor: Alice) -> None:
    huge = "csrf_token=" + "a" * 20_000_000
    form = "application/x-www-form-urlencoded"
    assert visitor.browser.post("/share/new/who", data=huge, content_type=form).status_code == 303
    visitor.opens("/people")
    visitor.signs_in()
    assert visitor.browser.post("/share/new/who", data=huge, content_type=form).status_code == 413
