"""A sign-in under way: strangers leave no row, a form waits for the person who sent it."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from pydantic import SecretStr
from sqlalchemy import inspect, text

from tests.patient_portal.conftest import Alice

FORM = {"kind": ["vitals", "results"], "note": "x" * 9_000}


def rows(alice: Alice) -> dict[str, int]:
    with alice.portal.engine.connect() as db:
        return {
            name: db.execute(text(f"SELECT count(*) FROM {name}")).scalar_one()
            for name in inspect(db).get_table_names()
        }


def every_post(alice: Alice) -> list[str]:
    """An address for every route that takes a POST."""
    adapter = alice.portal.url_map.bind("localhost")
    return [
        adapter.build(rule.endpoint, {name: "x" for name in rule.arguments})
        for rule in alice.portal.url_map.iter_rules()
        if "POST" in (rule.methods or ()) and not rule.endpoint.startswith("heart_ui.")
    ]


@pytest.mark.fault("B15")
@pytest.mark.parametrize("cookie", [None, "made-up", "x" * 4_000])
def test_nobody_leaves_a_row_before_signing_in(visitor: Alice, cookie: str | None) -> None:
    """A disk is filled one row at a time, and each costs a wait for it."""
    before, posts = rows(visitor), every_post(visitor)
    assert len(posts) > 10
    for path in posts:
        if cookie:
            visitor.browser.set_cookie("heart_portal", cookie)
            visitor.browser.set_cookie("heart_portal_login", cookie, path="/login")
        visitor.browser.post(path, data=FORM, headers={"Sec-Fetch-Site": "same-origin"})
        visitor.browser.post(path, data=FORM)
        visitor.opens("/people")
    assert rows(visitor) == before


@pytest.mark.parametrize("letter", ["a", "é", "日", "%0A", "\\"])
def test_the_cookie_of_a_sign_in_fits_into_a_browser(visitor: Alice, letter: str) -> None:
    visitor.opens(f"/people?q={letter * 900}")
    visitor.browser.post("/login")
    kept = visitor.browser.get_cookie("heart_portal_login", path="/login")
    assert kept and len(kept.value) < 3_800
    assert visitor.signs_in().status_code == 200


def run_out(alice: Alice) -> tuple[str, str]:
    """A page of the wizard and its form token; then the session runs out."""
    begun = alice.sends("/share/new/who", {"person": "bob", "q": "Bob Chen"})
    page = begun.request.full_path
    csrf = re.search(r'name="csrf_token" value="(\w+)"', alice.opens(page).text)
    assert csrf
    alice.service.now += timedelta(minutes=16)
    return page, csrf[1]


@pytest.mark.fault("B15")
@pytest.mark.parametrize("token", ["", "forged"])
def test_a_form_without_its_token_is_not_kept(alice: Alice, token: str) -> None:
    page, _csrf = run_out(alice)
    before = rows(alice)
    sent = alice.browser.post(page, data={"kind": ["vitals"], "csrf_token": token})
    assert sent.location == "/login?over=1"
    assert rows(alice) == before


@pytest.mark.fault("B15")
def test_one_session_keeps_one_form(alice: Alice) -> None:
    page, csrf = run_out(alice)
    cookie = alice.browser.get_cookie("heart_portal")
    assert cookie
    for _ in range(5):
        alice.browser.set_cookie("heart_portal", cookie.value)
        alice.browser.post(page, data={"kind": ["vitals"], "csrf_token": csrf})
    assert rows(alice)["login_attempt"] == 1
    assert rows(alice)["portal_session"] == 0


@pytest.mark.fault("B15")
def test_a_session_of_long_ago_keeps_nothing(alice: Alice) -> None:
    page, csrf = run_out(alice)
    alice.service.now += timedelta(hours=24)
    alice.browser.post(page, data={"kind": ["vitals"], "csrf_token": csrf})
    assert rows(alice)["login_attempt"] == 0


@pytest.mark.parametrize("hours", [0, 10])
@pytest.mark.parametrize(("subject", "ticked"), [("alice", ["results"]), ("mallory", [])])
def test_a_kept_form_waits_for_the_person_who_sent_it(
    alice: Alice, subject: str, ticked: list[str], hours: int
) -> None:
    page, csrf = run_out(alice)
    alice.service.now += timedelta(hours=hours)
    another = alice.portal.test_client()
    Alice(another, alice.portal, alice.service).signs_in()
    alice.browser.post(page, data={"kind": ["results"], "csrf_token": csrf})
    alice.service.subject = subject
    back = alice.signs_in()
    assert re.findall(r'name="kind" value="(\w+)"[^>]* checked', back.text) == ticked
    assert rows(alice)["login_attempt"] == 0


@pytest.mark.fault("B22")
@pytest.mark.parametrize("path", ["/login/return?code=x&state=x", "/login", "/people"])
def test_a_sign_in_of_before_the_secret_changed_starts_over(visitor: Alice, path: str) -> None:
    visitor.opens("/people")
    visitor.browser.post("/login")
    other = SecretStr("another secret of the tests, 9876543210")
    visitor.portal.settings = visitor.portal.settings.model_copy(update={"secret": other})
    assert visitor.opens(path).status_code in (200, 303)
    assert visitor.browser.post("/login").status_code == 303
    assert visitor.opens("/login/return?code=x&state=x").status_code == 400


@pytest.mark.fault("B22")
def test_a_result_of_before_the_secret_changed_is_forgotten(alice: Alice) -> None:
    """The page is in her history; what its form remembered cannot be opened any more."""
    share = "/share/s-bob-0000000000000000"
    result = alice.sends(f"{share}/stop").request.full_path
    assert "form=" in result
    other = SecretStr("another secret of the tests, 9876543210")
    alice.portal.settings = alice.portal.settings.model_copy(update={"secret": other})
    assert alice.opens(result).location.startswith("/login")
    alice.signs_in()
    assert alice.opens(result).status_code in (200, 303)
