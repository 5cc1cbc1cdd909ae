"""Sign-in, sessions, forms and links (OIDC Core 3.1, RFC 9207; security 6.2 and 6.4)."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from pydantic import SecretStr, ValidationError

from heart_uma.jose import KeySet
from heart_uma.sealing import open_sealed
from requester_app import models
from requester_app.db import reading
from requester_app.models.session import BrowserSession
from requester_app.settings import RequesterSettings
from tests.requester_app.clinic import CEDAR, SECRET, Clinic
from tests.requester_app.fakes import ISSUER


def begun(clinic: Clinic) -> dict[str, list[str]]:
    answer = clinic.browser.get("/login?next=/find")
    assert answer.status_code == 303
    return parse_qs(urlsplit(answer.headers["Location"]).query)


def returned(clinic: Clinic, **changes: str) -> Any:
    sent = begun(clinic)
    code = "code-1"
    clinic.auth.codes[code] = {name: values[0] for name, values in sent.items()}
    query = {"code": code, "state": sent["state"][0], "iss": ISSUER, **changes}
    return clinic.browser.get("/login/return", query_string=query)


def signed_in(clinic: Clinic) -> bool:
    return clinic.browser.get("/").status_code == 200


@pytest.mark.spec("HC-5")
def test_the_request_carries_state_nonce_and_s256(clinic: Clinic) -> None:
    sent = begun(clinic)
    assert sent["response_type"] == ["code"] and sent["code_challenge_method"] == ["S256"]
    assert len(sent["state"][0]) >= 32 and len(sent["nonce"][0]) >= 32
    assert sent["redirect_uri"] == ["http://localhost:8403/login/return"]


def test_a_good_answer_signs_in_and_goes_where_it_was_wanted(clinic: Clinic) -> None:
    answer = returned(clinic)
    assert answer.status_code == 303 and answer.headers["Location"] == "/find"
    cookie = next(c for c in answer.headers.getlist("Set-Cookie") if c.startswith("heart_clinic="))
    assert "HttpOnly" in cookie and "SameSite=Lax" in cookie
    assert signed_in(clinic)


@pytest.mark.parametrize(
    "changes",
    [
        {"state": "other"},
        {"state": ""},
        {"iss": "https://evil.example"},
        {"iss": ""},
        {"code": ""},
        {"error": "access_denied"},
    ],
)
def test_an_answer_that_does_not_fit_signs_nobody_in(
    clinic: Clinic, changes: dict[str, str]
) -> None:
    answer = returned(clinic, **changes)
    assert answer.status_code in (400, 403)
    assert not any(call.url.path == "/token" for call in clinic.calls)
    assert not signed_in(clinic)


def test_an_answer_counts_once(clinic: Clinic) -> None:
    sent = begun(clinic)
    clinic.auth.codes["c"] = {name: values[0] for name, values in sent.items()}
    query = {"code": "c", "state": sent["state"][0], "iss": ISSUER}
    assert clinic.browser.get("/login/return", query_string=query).status_code == 303
    assert clinic.browser.get("/login/return", query_string=query).status_code == 400


def test_an_answer_for_another_browser_is_refused(clinic: Clinic) -> None:
    sent = begun(clinic)
    clinic.auth.codes["c"] = {name: values[0] for name, values in sent.items()}
    other = clinic.app.test_client()
    other.get("/login")
    query = {"code": "c", "state": sent["state"][0], "iss": ISSUER}
    assert other.get("/login/return", query_string=query).status_code == 400


def test_an_id_token_for_another_login_is_refused(clinic: Clinic) -> None:
    whole = clinic.auth.id_token
    clinic.auth.id_token = lambda person, nonce: whole(person, "other")  # type: ignore[method-assign]
    assert returned(clinic).status_code == 400
    assert not signed_in(clinic)


@pytest.mark.fault("1.8")
def test_a_rotated_key_costs_no_sign_in_and_no_refresh_token(clinic: Clinic) -> None:
    """The answer in hand is checked again with fresh keys (OpenID Connect Core 10.1.1)."""
    clinic.sign_in()
    clinic.auth.shares = {("priya", base): {"results"} for base in clinic.sources}
    clinic.open_alice()
    pointer = clinic.pointer()
    clinic.auth.refreshes.clear()
    clinic.auth.keys = KeySet.generate()
    clinic.clock.advance(minutes=9)
    page = clinic.get(f"/chart/{pointer}")
    assert "does not answer" not in page.text
    assert clinic.auth.refreshes.count("session-priya") == 1
    clinic.auth.keys = KeySet.generate()
    assert clinic.sign_in("vic").status_code == 200


@pytest.mark.fault("1.8")
def test_an_answer_that_stays_unclear_is_asked_for_once_a_page(clinic: Clinic) -> None:
    """A refresh token that each record shows again looks stolen, and its family ends."""
    clinic.sign_in()
    clinic.auth.shares = {("priya", base): {"results"} for base in clinic.sources}
    clinic.open_alice()
    pointer = clinic.pointer()
    clinic.auth.refreshes.clear()
    clinic.auth.signing_keys = KeySet.generate()
    clinic.clock.advance(minutes=9)
    clinic.get(f"/chart/{pointer}")
    assert clinic.auth.refreshes.count("session-priya") == 1


def test_an_old_attempt_is_refused(clinic: Clinic) -> None:
    sent = begun(clinic)
    clinic.clock.advance(minutes=11)
    query = {"code": "c", "state": sent["state"][0], "iss": ISSUER}
    assert clinic.browser.get("/login/return", query_string=query).status_code == 400


@pytest.mark.parametrize("target", ["//evil.example", "https://evil.example", "/\\evil.example"])
def test_next_never_leaves_the_app(clinic: Clinic, target: str) -> None:
    sent = clinic.browser.get("/login", query_string={"next": target}).headers["Location"]
    asked = {name: values[0] for name, values in parse_qs(urlsplit(sent).query).items()}
    clinic.auth.codes["c"] = asked
    query = {"code": "c", "state": asked["state"], "iss": ISSUER}
    answer = clinic.browser.get("/login/return", query_string=query)
    assert answer.status_code == 303 and answer.headers["Location"] == "/"
    # Nor where the browser's own cookie says so.
    sent = clinic.browser.get("/login").headers["Location"]
    asked = {name: values[0] for name, values in parse_qs(urlsplit(sent).query).items()}
    clinic.auth.codes["d"] = asked
    clinic.browser.set_cookie("heart_clinic_place", target)
    query = {"code": "d", "state": asked["state"], "iss": ISSUER}
    answer = clinic.browser.get("/login/return", query_string=query)
    assert answer.status_code == 303 and answer.headers["Location"] == "/"


def test_nothing_is_written_for_whoever_has_not_signed_in(clinic: Clinic) -> None:
    tables = [table for kind in models.__all__ if (table := getattr(models, kind))]
    for _ in range(3):
        begun(clinic)
        clinic.browser.get("/login/return?code=c&state=s")
        clinic.browser.get("/open?from=Alice&at=https://clinic.example/r/1")
        clinic.browser.post("/find", data={"link": CEDAR})
    with reading(clinic.app.engine) as session:
        assert [session.query(table).count() for table in tables] == [0] * len(tables)


def test_ten_idle_minutes_sign_out_and_a_click_keeps_signed_in(clinic: Clinic) -> None:
    clinic.sign_in()
    for _ in range(3):
        clinic.clock.advance(minutes=9)
        assert signed_in(clinic)
    clinic.clock.advance(minutes=10)
    answer = clinic.browser.get("/requests?x=1")
    assert answer.status_code == 303 and answer.headers["Location"] == "/login?next=/requests?x%3D1"


def test_signing_out_ends_the_session_on_the_server(clinic: Clinic) -> None:
    page = clinic.sign_in().text
    cookie = clinic.browser.get_cookie("heart_clinic")
    assert cookie is not None
    token = page.split('name="csrf_token" value="')[1].split('"')[0]
    answer = clinic.browser.post("/logout", data={"csrf_token": token})
    assert answer.headers["Location"] == "/signed-out"
    assert clinic.auth.revoked == [f"session-{clinic.auth.person}"]
    page = clinic.browser.get("/signed-out").text
    assert f"{ISSUER}/logout?client_id=requester" in page and "id_token" not in page
    clinic.browser.set_cookie("heart_clinic", cookie.value)
    assert not signed_in(clinic)


def test_a_second_sign_in_ends_the_first_session_of_the_browser(clinic: Clinic) -> None:
    clinic.sign_in()
    clinic.sign_in("vic")
    with reading(clinic.app.engine) as session:
        row = session.query(BrowserSession).one()
    assert open_sealed(SECRET, row.sealed)["claims"]["sub"] == "sub-vic"


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "null"},
        {"Origin": "null", "Sec-Fetch-Site": "cross-site"},
    ],
)
def test_forms_of_other_sites_do_not_count(clinic: Clinic, headers: dict[str, str]) -> None:
    page = clinic.sign_in(next_path="/find").text
    token = page.split('name="csrf_token" value="')[1].split('"')[0]
    answer = clinic.browser.post(
        "/find", data={"csrf_token": token, "link": CEDAR}, headers=headers
    )
    assert answer.status_code == 400
    ours = {"Origin": "null", "Sec-Fetch-Site": "same-origin"}
    answer = clinic.browser.post("/find", data={"csrf_token": token, "link": CEDAR}, headers=ours)
    assert answer.status_code == 303


@pytest.mark.parametrize("token", ["", "x", "é"])
def test_forms_without_their_token_do_not_count(clinic: Clinic, token: str) -> None:
    clinic.sign_in()
    answer = clinic.browser.post("/find", data={"csrf_token": token, "link": CEDAR})
    assert answer.status_code == 400 and "could not read that" in answer.text


def test_every_page_carries_the_headers(clinic: Clinic) -> None:
    clinic.sign_in()
    for path in ("/", "/nope", "/healthz", "/ui/static/ui.css"):
        answer = clinic.browser.get(path)
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert clinic.browser.get("/").headers["Cache-Control"] == "no-store"


@pytest.mark.fault("1.6")
def test_no_form_of_this_app_ends_elsewhere(clinic: Clinic) -> None:
    """Not even one sent too late: the way to sign-in may lead over any origin."""
    policy = clinic.browser.get("/signed-out").headers["Content-Security-Policy"]
    assert policy.endswith("; form-action 'self'")
    answer = clinic.browser.post("/open", data={"then": "open"})
    assert "Location" not in answer.headers
    assert 'http-equiv="refresh"' in answer.text


def test_only_health_help_and_sign_in_are_open(clinic: Clinic) -> None:
    for rule in clinic.app.url_map.iter_rules():
        if rule.endpoint.startswith(("health.", "help.", "login.", "heart_ui.", "static")):
            continue
        path = rule.rule
        for name in rule.arguments:
            path = path.replace(f"<int:{name}>", "1").replace(f"<{name}>", "a")
        method = "POST" if "POST" in (rule.methods or ()) else "GET"
        answer = clinic.browser.open(path, method=method)
        if method == "POST":
            # A page that moves on by itself, since form-action covers every redirect (CSP 3).
            assert 'http-equiv="refresh" content="0; url=/login?next=' in answer.text, path
            assert "Alice" not in answer.text
            continue
        assert answer.status_code == 303 and answer.headers["Location"].startswith("/login"), path


def test_health_readiness_and_keys(clinic: Clinic) -> None:
    assert clinic.browser.get("/healthz").json == {"status": "ok"}
    assert clinic.browser.get("/readyz").status_code == 200
    assert "d" not in clinic.browser.get("/jwks").json["keys"][0]  # type: ignore[index]
    assert clinic.browser.get("/metrics").status_code == 404


def test_figures_only_where_they_are_wanted(clock: Any, tmp_path: Path) -> None:
    clinic = Clinic(clock, tmp_path, {"metrics": True})
    assert "requester_sessions 0.0" in clinic.browser.get("/metrics").text


@pytest.mark.parametrize(
    "wrong",
    [
        {"url": "http://clinic.example"},
        {"as_issuer": "http://as.example"},
        {"secret": "short"},
        {"secret": "a" * 40},
        {"trusted_as": "http://as.example"},
        {"url": "https://clinic.example/"},
    ],
)
def test_unsafe_settings_stop_the_start(wrong: dict[str, str]) -> None:
    given = {"key_file": "keys.json", "secret": SECRET, **wrong}
    with pytest.raises(ValidationError):
        RequesterSettings(**given)  # type: ignore[arg-type]


def test_after_signing_out_a_page_does_not_sign_the_browser_in_again(clinic: Clinic) -> None:
    """The sharing service may still know her: the next person's Back must not open a chart."""
    clinic.sign_in()
    token = re.search(r'name="csrf_token" value="([^"]+)"', clinic.get("/").text)
    assert token
    clinic.browser.post("/logout", data={"csrf_token": token[1]})
    gone = clinic.browser.get("/requests?x=1")
    assert gone.status_code == 303
    assert gone.headers["Location"] == "/signed-out?next=/requests?x%3D1"
    page = clinic.browser.get(gone.headers["Location"])
    assert 'href="/login?next=/requests?x%3D1"' in page.text


@pytest.mark.fault("B19")
def test_a_probe_asks_nobody_again_who_was_asked_just_now(clinic: Clinic) -> None:
    before = clinic.auth.calls
    assert {clinic.browser.get("/readyz").status_code for _ in range(20)} == {200}
    assert clinic.auth.calls == before + 1


@pytest.mark.fault("B22")
def test_a_sign_in_of_before_the_secret_changed_is_over(clinic: Clinic) -> None:
    begun = clinic.browser.get("/login").headers["Location"].split("?", 1)[1]
    back = clinic.mounts["http://localhost:8400"].test_client().get("/authorize?" + begun)
    other = SecretStr("another-secret-for-tests-0123456789")
    clinic.app.settings = clinic.app.settings.model_copy(update={"secret": other})
    here = back.headers["Location"].removeprefix(clinic.app.settings.url)
    answer = clinic.browser.get(here)
    assert answer.status_code == 400 and "Sign in again" in answer.text
