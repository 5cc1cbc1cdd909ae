"""Linking: one code, one browser, one winner; then every resource is registered."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from flask.testing import FlaskClient
from pydantic import SecretStr

from fhir_rs.db import reading
from fhir_rs.models import link as links
from heart_uma.jose import KeySet
from tests.fhir_rs.fake_as import ISSUER
from tests.fhir_rs.protected import CODE, RECORD, Protected, bare, fake

__all__ = ["bare", "fake"]


def open_code(client: FlaskClient, code: str = CODE) -> Any:
    return client.get("/link", query_string={"code": code})


def csrf(page: Any) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', page.get_data(as_text=True))
    assert found
    return found[1]


def begin(site: Protected, client: FlaskClient) -> dict[str, str]:
    """Up to the redirect; the authorization request's parameters."""
    page = open_code(client)
    form = {"csrf_token": csrf(page), "issuer": ISSUER}
    answer = client.post("/link", data=form)
    assert answer.status_code == 303, answer.get_data(as_text=True)
    query = parse_qs(urlsplit(answer.headers["Location"]).query)
    site.fake.nonce = query["nonce"][0]
    return {name: values[0] for name, values in query.items()}


def come_back(client: FlaskClient, asked: dict[str, str], **changed: str) -> Any:
    answer = {"code": "c", "state": asked["state"], "iss": ISSUER, **changed}
    return client.get("/link/return", query_string=answer)


def linked(site: Protected) -> bool:
    with reading(site.app.engine) as connection:
        return links.find(connection, RECORD) is not None


@pytest.mark.fault("B22")
def test_an_attempt_of_before_the_secret_changed_is_over(bare: Protected) -> None:
    client = bare.client
    asked = begin(bare, client)
    other = SecretStr("another secret that is long enough")
    bare.app.settings = bare.app.settings.model_copy(update={"secret": other})
    assert come_back(client, asked).status_code == 400
    assert not linked(bare)


@pytest.mark.spec("F-20")
@pytest.mark.spec("F-22")
def test_a_record_is_linked_and_everything_is_registered(bare: Protected) -> None:
    client = bare.client
    asked = begin(bare, client)
    assert asked["scope"] == "openid uma_protection offline_access"
    assert asked["code_challenge_method"] == "S256"
    page = come_back(client, asked)
    assert page.status_code == 200 and "is linked" in page.get_data(as_text=True)
    assert len(bare.fake.resources) == 30
    assert bare.link().sub == bare.fake.sub
    assert bare.probe().status_code == 401


@pytest.mark.spec("F-24")
def test_this_server_registers_once_as_what_it_is(bare: Protected) -> None:
    for _ in range(2):
        begin(bare, bare.client)
    (registration,) = bare.fake.registrations
    assert registration["heart_uma_resource_server"] == {
        "base": "http://rs.localhost:8401/fhir",
        "events_endpoint": "http://rs.localhost:8401/events",
        "limits": True,
    }
    assert registration["token_endpoint_auth_method"] == "private_key_jwt"
    assert not any("d" in key for key in registration["jwks"]["keys"])


def test_a_server_that_refuses_what_it_does_not_know_is_registered_at_without(
    bare: Protected,
) -> None:
    """RFC 7591 2 wants unknown members ignored; Keycloak refuses them."""
    bare.fake.knows_no_extension = True
    client = bare.client
    asked = begin(bare, client)
    assert ["heart_uma_resource_server" in body for body in bare.fake.registrations] == [
        True,
        False,
    ]
    assert asked["client_id"] == "rs-2"


def test_a_code_works_once(bare: Protected) -> None:
    client = bare.client
    come_back(client, begin(bare, client))
    assert open_code(bare.client).status_code == 404


def test_of_two_browsers_with_one_code_one_wins(bare: Protected) -> None:
    first, second = bare.client, bare.client
    asked = begin(bare, first)
    nonce = bare.fake.nonce
    asked_too = begin(bare, second)
    assert come_back(second, asked_too).status_code == 200
    bare.fake.nonce = nonce
    assert come_back(first, asked).status_code == 409


@pytest.mark.parametrize("code", ["wrong", "x" * 5000, "\u00e9"])
def test_a_wrong_code_opens_nothing(bare: Protected, code: str) -> None:
    answer = open_code(bare.client, code)
    assert answer.status_code == 404 and "Alice" not in answer.get_data(as_text=True)


def test_without_a_code_the_page_asks_for_it(bare: Protected) -> None:
    assert 'name="code"' in bare.client.get("/link").get_data(as_text=True)


@pytest.mark.attack("WEB-05")
@pytest.mark.parametrize("token", ["", "wrong"])
def test_a_forged_form_is_refused(bare: Protected, token: str) -> None:
    client = bare.client
    open_code(client)
    answer = client.post("/link", data={"csrf_token": token, "issuer": ISSUER})
    assert answer.status_code == 403 and bare.fake.registrations == []


@pytest.mark.spec("HO-130")
def test_only_listed_authorization_servers_can_be_chosen(bare: Protected) -> None:
    client = bare.client
    form = {"csrf_token": csrf(open_code(client)), "issuer": "http://evil.localhost"}
    assert client.post("/link", data=form).status_code == 400
    assert bare.fake.line.calls == []


@pytest.mark.attack("AZ-22")
@pytest.mark.parametrize(
    "changed",
    [{"state": "other"}, {"state": ""}, {"iss": "http://evil.localhost"}, {"iss": ""},
     {"code": ""}, {"error": "access_denied"}],
)  # fmt: skip
def test_an_answer_that_does_not_fit_links_nothing(
    bare: Protected, changed: dict[str, str]
) -> None:
    client = bare.client
    assert come_back(client, begin(bare, client), **changed).status_code == 400
    assert not linked(bare) and "/token" not in bare.fake.line.calls


def test_an_answer_in_another_browser_links_nothing(bare: Protected) -> None:
    asked = begin(bare, bare.client)
    assert come_back(bare.client, asked).status_code == 400
    assert not linked(bare)


def test_an_id_token_for_another_login_links_nothing(bare: Protected) -> None:
    client = bare.client
    asked = begin(bare, client)
    bare.fake.nonce = "another"
    assert come_back(client, asked).status_code == 400
    assert not linked(bare)


@pytest.mark.fault("1.8")
def test_a_key_of_this_minute_signs_in(bare: Protected) -> None:
    """The code is spent: the answer in hand is checked again with fresh keys (Core 10.1.1)."""
    client = bare.client
    asked = begin(bare, client)
    bare.fake.keys = KeySet.generate("ES256")
    assert come_back(client, asked).status_code == 200
    assert linked(bare)


@pytest.mark.spec("F-20")
def test_consent_to_less_than_protection_links_nothing(bare: Protected) -> None:
    client = bare.client
    bare.fake.granted_scope = "openid"
    page = come_back(client, begin(bare, client))
    assert page.status_code == 400 and not linked(bare)
    assert "did not say yes" in page.get_data(as_text=True)


def test_a_server_that_does_not_answer_is_said_in_plain_words(bare: Protected) -> None:
    client = bare.client
    form = {"csrf_token": csrf(open_code(client)), "issuer": ISSUER}
    bare.fake.line.cut = True
    answer = client.post("/link", data=form)
    assert answer.status_code == 502 and "does not answer" in answer.get_data(as_text=True)


@pytest.mark.spec("F-62")
def test_registrations_that_fail_are_made_with_the_first_request(bare: Protected) -> None:
    client = bare.client
    asked = begin(bare, client)

    def cut_after_token(request: Any) -> None:
        bare.fake.line.cut = True

    bare.fake.line.before_answer = cut_after_token
    page = come_back(client, asked)
    assert page.status_code == 200 and "still on its way" in page.get_data(as_text=True)
    bare.fake.line.cut = False
    assert bare.probe().status_code == 401
    assert len(bare.fake.resources) == 30


def test_an_attempt_does_not_live_for_ever(bare: Protected) -> None:
    client = bare.client
    asked = begin(bare, client)
    bare.clock.advance(minutes=31)
    assert come_back(client, asked).status_code == 400


@pytest.mark.fault("1.6")
def test_the_pages_let_no_script_in_and_the_one_form_that_leaves_may_lead_anywhere(
    bare: Protected,
) -> None:
    page = open_code(bare.client)
    policy = page.headers["Content-Security-Policy"]
    assert "script-src 'self'" in policy and "unsafe" not in policy
    assert "form-action" not in policy
    plain = bare.client.get("/link").headers["Content-Security-Policy"]
    assert plain.endswith("form-action 'self'")
    assert page.headers["Referrer-Policy"] == "no-referrer"
    cookie = page.headers["Set-Cookie"]
    assert "heart_rs=" in cookie and "HttpOnly" in cookie and "SameSite=Lax" in cookie
