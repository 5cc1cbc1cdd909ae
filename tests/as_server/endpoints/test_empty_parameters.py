"""A parameter without a value is as if left out, at every endpoint (RFC 6749 3.1, 3.2)."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from werkzeug.test import TestResponse

from tests.as_server.person import App, Person

AUTHORIZE = (
    *("acr_values", "audience", "claims", "code_challenge_method", "display", "id_token_hint"),
    *("login_hint", "max_age", "nonce", "prompt", "registration", "request", "request_uri"),
    *("resource", "response_mode", "response_type", "scope", "state", "ui_locales"),
    "code_challenge",
)
CLIENT = ("client_id", "client_secret", "client_assertion", "client_assertion_type")
TOKEN = {
    "refresh_token": ("grant_type", "refresh_token", "resource", "scope", "audience"),
    "urn:ietf:params:oauth:grant-type:uma-ticket": (
        *("ticket", "claim_token", "claim_token_format", "pct", "rpt", "scope", "resource"),
        *("purpose_of_use", "reason", "requested_until", "ask_id"),
    ),
    "client_credentials": ("scope", "resource"),
}


def said(answer: TestResponse) -> Any:
    """What an answer says, without what is new in each."""
    if answer.status_code == 303 and "error=" in answer.headers["Location"]:
        query = parse_qs(urlsplit(answer.headers["Location"]).query)
        return 303, query["error"], query.get("state")
    if answer.is_json:
        return answer.status_code, answer.json.get("error"), answer.json.get("error_description")
    return answer.status_code, answer.headers.get("Location", "").partition("=")[0]


@pytest.mark.fault("1.12")
def test_at_the_authorization_endpoint(app: App, alice: Person) -> None:
    def asked(name: str, value: str | None) -> Any:
        return said(alice.get("/authorize", **app.query(**{name: value})))

    assert [name for name in AUTHORIZE if asked(name, "") != asked(name, None)] == []


@pytest.mark.fault("1.12")
@pytest.mark.parametrize("grant", TOKEN)
@pytest.mark.parametrize("public", [False, True])
def test_at_the_token_endpoint(app: App, public_app: App, grant: str, public: bool) -> None:
    first = {"refresh_token": "x"} if grant == "refresh_token" else {"ticket": "x"}

    def asked(name: str, change: dict[str, str]) -> Any:
        own = {"client_id": public_app.client_id} if public else app.proof()
        form = {"grant_type": grant, **first, **own}
        form.pop(name, None)
        return said(app.wire.post("/token", data={**form, **change}))

    names = (*TOKEN[grant], *CLIENT)
    assert [name for name in names if asked(name, {name: ""}) != asked(name, {})] == []


@pytest.mark.fault("1.12")
@pytest.mark.parametrize("address", ["/revoke", "/introspect"])
def test_at_the_endpoints_for_tokens(app: App, address: str) -> None:
    def asked(name: str, change: dict[str, str]) -> Any:
        form = {"token": "x", **app.proof()}
        form.pop(name, None)
        return said(app.wire.post(address, data={**form, **change}))

    names = ("token", "token_type_hint", *CLIENT)
    assert [name for name in names if asked(name, {name: ""}) != asked(name, {})] == []


@pytest.mark.fault("1.12")
def test_an_empty_state_is_not_sent_back(app: App, alice: Person) -> None:
    answer = alice.walk("/authorize", app.query(state=""))
    assert "state" not in answer.headers["Location"]


def test_an_empty_parameter_still_counts_as_the_second_one(app: App, alice: Person) -> None:
    twice = {**app.query(), "scope": ["openid", ""]}
    answer = alice.browser.get("/authorize", query_string=twice)
    assert "error=invalid_request" in answer.headers["Location"]
    form = {"grant_type": "refresh_token", "refresh_token": ["x", ""], **app.proof()}
    refused = app.wire.post("/token", data=form)
    assert refused.json["error_description"] == "A parameter was sent more than once."
