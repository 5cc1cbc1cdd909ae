"""What a browser app may read of another origin, endpoint by endpoint (SMART App Launch, Fetch)."""

from __future__ import annotations

from typing import Any

import pytest

from as_server.context import AsServer
from tests.as_server.person import App, Person
from tests.conftest import Clock

OWN, OTHER = "https://app.example", "https://evil.example"
CALLED = {"/token": "POST", "/revoke": "POST", "/userinfo": "GET", "/register": "POST"}
NOT_CALLED = ["/authorize", "/login", "/introspect", "/permission", "/policy", "/people", "/logout"]


def allowed(answer: Any) -> str | None:
    assert "Access-Control-Allow-Credentials" not in answer.headers
    found: str | None = answer.headers.get("Access-Control-Allow-Origin")
    if found is not None:
        assert "WWW-Authenticate" in answer.headers["Access-Control-Expose-Headers"]
        assert "Origin" in answer.headers["Vary"]
    return found


@pytest.mark.fault("1.11")
@pytest.mark.fault("A10")
@pytest.mark.parametrize("address", CALLED)
def test_a_preflight_is_answered_for_every_origin(as_app: AsServer, address: str) -> None:
    """It cannot say which client asks."""
    headers = {
        "Origin": OWN,
        "Access-Control-Request-Method": CALLED[address],
        "Access-Control-Request-Headers": "authorization",
    }
    answer = as_app.test_client().options(address, headers=headers)
    assert (answer.status_code, allowed(answer)) == (200, "*")
    assert CALLED[address] in answer.headers["Access-Control-Allow-Methods"]
    assert {"Authorization", "Content-Type"} <= set(
        answer.headers["Access-Control-Allow-Headers"].split(", ")
    )


@pytest.mark.parametrize("address", NOT_CALLED)
def test_no_other_endpoint_is_open_to_pages(as_app: AsServer, address: str) -> None:
    wire = as_app.test_client()
    for method in ("OPTIONS", "GET", "POST"):
        answer = wire.open(address, method=method, headers={"Origin": OWN})
        assert not [name for name, _ in answer.headers if name.startswith("Access-Control")]


class Page:
    """Script of a public client at one origin."""

    def __init__(self, app: App, origin: str) -> None:
        self.app, self.headers = app, {"Origin": origin}

    def post(self, address: str, **form: str) -> Any:
        data = {"client_id": self.app.client_id, **form}
        return self.app.wire.post(address, data=data, headers=self.headers)

    def userinfo(self, token: str) -> Any:
        headers = {**self.headers, "Authorization": f"Bearer {token}"}
        return self.app.wire.get("/userinfo", headers=headers)

    def redeem(self, person: Person) -> Any:
        code = self.app.code_from(person, scope="openid profile")
        return self.post(
            "/token",
            grant_type="authorization_code",
            code=code,
            redirect_uri=self.app.redirect_uri,
            code_verifier=self.app.verifier,
        )


@pytest.mark.fault("1.11")
@pytest.mark.fault("A10")
@pytest.mark.parametrize(("origin", "may"), [(OWN, OWN), (OTHER, None), ("null", None)])
def test_a_public_client_reads_from_its_own_origins(
    public_app: App, alice: Person, origin: str, may: str | None
) -> None:
    page = Page(public_app, origin)
    redeemed = page.redeem(alice)
    assert (redeemed.status_code, allowed(redeemed)) == (200, may)
    token = redeemed.json["access_token"]
    answers = [
        page.userinfo(token),
        page.post("/token", grant_type="authorization_code", code="x"),
        page.post("/token"),
        page.post("/revoke", token=token),
        page.post("/revoke"),
    ]
    assert [answer.status_code for answer in answers] == [200, 400, 400, 200, 400]
    assert {allowed(answer) for answer in answers} == {may}


@pytest.mark.fault("1.11")
def test_an_answer_about_no_client_is_for_every_page(app: App) -> None:
    headers = {"Origin": OTHER}
    answers = [
        app.wire.post("/token", data={"client_id": "nobody"}, headers=headers),
        app.wire.post("/token", json={}, headers=headers),
        app.wire.get("/userinfo", headers={**headers, "Authorization": "Bearer x"}),
        app.wire.post("/register", json={}, headers=headers),
        app.wire.post("/register", json=app.registration(), headers=headers),
    ]
    assert [allowed(answer) for answer in answers] == ["*"] * len(answers)
    assert "WWW-Authenticate" in answers[2].headers


def test_no_page_reads_what_is_for_a_client_with_keys(app: App, alice: Person) -> None:
    page = Page(app, OWN)
    form = {"grant_type": "refresh_token", "refresh_token": "x"}
    token = app.tokens(alice, "openid")["access_token"]
    assert allowed(page.userinfo(token)) is None
    assert allowed(page.post("/token", **form, **app.proof())) is None
    assert allowed(page.post("/token", **form)) is None
    # Named by its assertion alone.
    proven = app.wire.post("/token", data={**form, **app.proof()}, headers=page.headers)
    assert (proven.status_code, allowed(proven)) == (400, None)


@pytest.mark.fault("1.11")
def test_an_app_on_this_machine_takes_any_port(
    as_app: AsServer, clock: Clock, alice: Person
) -> None:
    app = App(as_app, clock).register(
        redirect_uris=["http://127.0.0.1:9190/cb"],
        token_endpoint_auth_method="none",
        jwks=None,
        grant_types=["authorization_code"],
    )
    for origin in ("http://127.0.0.1:51004", "http://127.0.0.1:9190"):
        assert allowed(Page(app, origin).post("/token")) == origin
    for origin in ("http://127.0.0.1.evil.example", "http://localhost:9190"):
        assert allowed(Page(app, origin).post("/token")) is None
