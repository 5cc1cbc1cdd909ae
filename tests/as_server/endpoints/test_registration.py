"""Dynamic registration: open, weak, and strict about the whole state (RFC 7591, REG-*)."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from as_server.app import create_app
from as_server.context import AsServer
from as_server.models.client import UMA_TICKET, Client
from heart_uma.jose import KeySet
from tests.as_server.person import App, Person, keys_of
from tests.conftest import Clock


def refused(answer: Any, error: str = "invalid_client_metadata") -> None:
    assert (answer.status_code, answer.json["error"]) == (400, error), answer.text


@pytest.fixture
def fresh(as_app: AsServer, clock: Clock) -> App:
    return App(as_app, clock)


def post(app: App, **changes: Any) -> Any:
    return app.wire.post("/register", json=app.registration(**changes))


def test_a_registration_answers_what_was_stored(fresh: App) -> None:
    answer = post(fresh, grant_types=["authorization_code", "refresh_token", UMA_TICKET])
    assert answer.status_code == 201
    assert answer.headers["Cache-Control"] == "no-store"
    body = answer.json
    assert body["token_endpoint_auth_method"] == "private_key_jwt"
    assert body["response_types"] == ["code"]
    assert "client_secret" not in body
    assert len(body["client_id"]) >= 22


@pytest.mark.spec("HO-14")
def test_each_instance_gets_an_id_of_its_own(fresh: App) -> None:
    assert len({post(fresh).json["client_id"] for _ in range(3)}) == 3


@pytest.mark.attack("REG-01")
def test_members_that_would_lift_limits_are_left_out(as_app: AsServer, fresh: App) -> None:
    extra = {
        "client_id": "portal",
        "trusted": True,
        "is_admin": True,
        "owner": "alice",
        "skip_consent": True,
        "allowed_scopes": "btg",
        "pat": "x",
        "registration_access_token": "x",
    }
    body = post(fresh, **extra).json
    assert body["client_id"] != "portal"
    assert not set(extra) - {"client_id"} & set(body)
    with Session(as_app.engine) as db:
        client = db.scalars(select(Client)).one()
    assert (client.skip_consent, client.dynamic) == (False, True)
    assert "skip_consent" not in client.registration


@pytest.mark.attack("REG-02")
@pytest.mark.parametrize(
    "grants",
    [["client_credentials"], ["implicit"], ["password"], [], ["refresh_token"], "x", [1], {}],
)
def test_only_the_offered_grants(fresh: App, grants: Any) -> None:
    members = fresh.registration()
    members["grant_types"] = grants
    refused(fresh.wire.post("/register", json=members))


@pytest.mark.spec("HO-71")
def test_strong_scopes_are_dropped(fresh: App) -> None:
    body = post(fresh, scope="openid btg user/*.read system/*.read patient/Patient.read owner").json
    assert body["scope"] == "openid owner"


@pytest.mark.attack("REG-04")
@pytest.mark.attack("REG-05")
def test_there_is_no_way_to_change_a_registration(app: App) -> None:
    for method in (app.wire.put, app.wire.patch, app.wire.delete):
        assert method("/register", json=app.registration()).status_code == 405
        address = f"/register/{app.client_id}"
        assert method(address, json=app.registration()).status_code == 404


@pytest.mark.attack("REG-07")
@pytest.mark.parametrize(
    "changes",
    [
        {"token_endpoint_auth_method": "none", "grant_types": ["authorization_code"]},
        {"jwks_uri": "https://app.example/jwks"},
        {"jwks": None},
        {"token_endpoint_auth_method": "client_secret_basic"},
        {"token_endpoint_auth_method": "none", "jwks": None},
        {"token_endpoint_auth_method": "none", "jwks": None, "grant_types": [UMA_TICKET]},
        {"token_endpoint_auth_method": ["none"]},
    ],
)
def test_the_way_to_authenticate_must_be_whole(fresh: App, changes: dict[str, Any]) -> None:
    refused(post(fresh, **changes))


def private_jwks() -> dict[str, Any]:
    key = keys_of(0).keys[0]
    return {"keys": [key.material.as_dict(private=True)]}


@pytest.mark.attack("REG-08")
@pytest.mark.attack("DOS-14")
@pytest.mark.parametrize(
    "jwks",
    [
        private_jwks(),
        {"keys": [{"kty": "oct", "k": "c2VjcmV0c2VjcmV0c2VjcmV0"}]},
        {"keys": [{"kty": "RSA", "e": "AQAB", "n": "r" * 171}]},
        {"keys": [{"kty": "RSA", "e": "AQAB", "n": "r" * 1366}]},
        {"keys": keys_of(0).public_jwks()["keys"] * 500},
        {"keys": keys_of(0).public_jwks()["keys"] * 2},
        {"keys": []},
        {"keys": "x"},
        [],
        "x",
    ],
    ids=[
        *("private", "symmetric", "short text", "bad modulus", "many", "twice"),
        *("empty", "no array", "array", "text"),
    ],
)
def test_keys_are_checked_and_private_ones_never_stored(
    as_app: AsServer, fresh: App, jwks: Any, caplog: pytest.LogCaptureFixture
) -> None:
    refused(post(fresh, jwks=jwks))
    secret = private_jwks()["keys"][0]["d"]
    assert secret not in caplog.text
    with Session(as_app.engine) as db:
        assert db.scalars(select(Client)).all() == []


@pytest.mark.attack("REG-16")
@pytest.mark.parametrize(
    "uris",
    [
        ["javascript:alert(1)"],
        ["JaVaScRiPt:alert(1)"],
        ["javascript://x/%0aalert(1)"],
        ["data:text/html,x"],
        [" vbscript:x"],
        ["gopher://x/"],
        ["http://app.example/cb"],
        ["https://app.example/cb#fragment"],
        ["https://app.example/*"],
        [f"https://app.example/{n}" for n in range(200)],
        ["https://app.example/cb", "myapp:/cb"],
        ["https://app.example/cb", "http://localhost/cb"],
        ["https://user@app.example/cb"],
        ["https://app.example/cb?code=x"],
        ["https://app.example/c b"],
        ["https://app.example\\@evil/"],
        ["/relative"],
        [""],
        [7],
        [],
        "https://app.example/cb",
        ["myapp:/cb"],
    ],
    ids=str,
)
def test_redirect_uris_are_of_one_safe_category(fresh: App, uris: Any) -> None:
    answer = post(fresh, redirect_uris=uris)
    assert answer.status_code == 400, answer.text
    assert answer.json["error"] in ("invalid_redirect_uri", "invalid_client_metadata")


def test_a_native_app_may_use_its_own_scheme(fresh: App) -> None:
    answer = post(fresh, redirect_uris=["org.example.app:/cb"], application_type="native")
    assert answer.status_code == 201
    refused(
        post(fresh, redirect_uris=["javascript:alert(1)"], application_type="native"),
        "invalid_redirect_uri",
    )


@pytest.mark.attack("REG-14")
@pytest.mark.parametrize(
    "name",
    [
        "initiate_login_uri",
        "backchannel_logout_uri",
        "policy_uri",
        "tos_uri",
        "client_uri",
        "logo_uri",
        "jwks_uri",
    ],
)
@pytest.mark.parametrize(
    "address",
    [
        "https://169.254.169.254/latest",
        "https://10.0.0.1/",
        "https://[fd00::1]/",
        "https://2130706433/",
        "https://0x7f.1/",
        "file:///etc/passwd",
        "http://app.example/",
        "https://intranet/",
        "https://u:p@app.example/",
        7,
    ],
    ids=str,
)
def test_every_address_meets_the_same_guard_and_none_is_fetched(
    as_settings: Any, clock: Clock, server_keys: KeySet, name: str, address: Any
) -> None:
    def outbound(request: httpx.Request) -> httpx.Response:
        raise AssertionError(f"fetched {request.url}")

    http = httpx.Client(transport=httpx.MockTransport(outbound))
    app = App(create_app(as_settings, clock=clock, http=http, key_set=server_keys), clock)
    changes = {name: address} | ({"jwks": None} if name == "jwks_uri" else {})
    refused(post(app, **changes))
    good = {name: "https://app.example/x"} | ({"jwks": None} if name == "jwks_uri" else {})
    assert post(app, **good).status_code == 201


def test_loopback_addresses_are_for_loopback_issuers(
    as_settings: Any, fresh: App, clock: Clock, server_keys: KeySet
) -> None:
    assert post(fresh, client_uri="http://localhost:9000/").status_code == 201
    outer = as_settings.model_copy(update={"issuer": "https://as.example"})
    app = App(create_app(outer, clock=clock, key_set=server_keys), clock)
    refused(post(app, client_uri="http://localhost:9000/"))


@pytest.mark.attack("REG-17")
@pytest.mark.parametrize("statement", ["x", "a.b.c", 7, "", "e30.e30.c2ln"])
def test_no_software_statement_is_believed(fresh: App, statement: Any) -> None:
    answer = post(fresh, software_statement=statement)
    assert answer.status_code == 400
    assert answer.json["error"] in ("invalid_software_statement", "unapproved_software_statement")


@pytest.mark.parametrize(
    "body",
    [
        b"[]",
        b"7",
        b"null",
        b'"x"',
        b"",
        b"{",
        b'{"a": 1, "a": 2}',
        b'{"client_name": NaN}',
        b'{"client_name": "\\ud800"}',
        b"\xff",
        b"[" * 100_000,
    ],
)
def test_anything_but_one_object_is_a_json_400(fresh: App, body: bytes) -> None:
    answer = fresh.wire.post("/register", data=body, content_type="application/json")
    refused(answer)
    assert answer.mimetype == "application/json"


@pytest.mark.parametrize(
    "changes",
    [
        {"client_name": 7},
        {"client_name": "x" * 20_000},
        {"contacts": "x"},
        {"response_types": ["token"]},
        {"subject_type": "public"},
        {"id_token_signed_response_alg": "none"},
        {"token_endpoint_auth_signing_alg": "HS256"},
        {"application_type": "desktop"},
        {"scope": ["openid"]},
        {"request_uris": ["https://app.example/ro"]},
    ],
)
def test_wrong_values_are_named(fresh: App, changes: dict[str, Any]) -> None:
    answer = post(fresh, **changes)
    refused(answer)
    assert answer.json["error_description"]


@pytest.mark.parametrize(
    "server",
    [
        [],
        {},
        {"base": "ftp://x"},
        {"base": "http://localhost:8401/fhir/"},
        {"base": "http://localhost:8401/fhir", "events_endpoint": "http://localhost:1/events"},
        {"base": "http://localhost:8401/fhir", "limits": "yes"},
        {"base": "https://10.0.0.1/fhir"},
    ],
    ids=str,
)
def test_a_resource_server_says_truthfully_where_it_is(fresh: App, server: Any) -> None:
    refused(post(fresh, heart_uma_resource_server=server))


def test_a_day_old_id_that_was_never_used_is_forgotten(
    as_app: AsServer, fresh: App, alice: Person, clock: Clock
) -> None:
    unused = post(fresh).json["client_id"]
    used = App(as_app, clock, 1).register()
    used.tokens(alice, "openid")
    clock.advance(hours=25)
    post(fresh)
    with Session(as_app.engine) as db:
        ids = set(db.scalars(select(Client.client_id)))
    assert unused not in ids
    assert used.client_id in ids


def test_registrations_from_one_address_are_limited(
    as_settings: Any, clock: Clock, server_keys: KeySet
) -> None:
    limited = as_settings.model_copy(update={"registration_rate_per_hour": 3})
    app = App(create_app(limited, clock=clock, key_set=server_keys), clock)
    codes = [post(app).status_code for _ in range(4)]
    assert codes == [201, 201, 201, 429]
