"""Clients of others: SMART's and OpenID Connect's rules, by the operator's word only."""

from __future__ import annotations

import base64
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from as_server.app import create_app
from as_server.context import AsServer
from as_server.models.client import UMA_TICKET
from as_server.settings import AsSettings
from heart_uma.jose import KeySet, peek
from tests.as_server.person import CALLBACK, App, Person, keys_of
from tests.conftest import Clock

SECRET = "a secret that a program made, 0123456789"
BASE = "http://localhost:8401/fhir"
ROOM = {
    "client_id": "rs",
    "redirect_uris": ["http://localhost:8401/link/return"],
    "jwks": keys_of(1).public_jwks(),
    "scope": "openid uma_protection",
    "heart_uma_resource_server": {"base": BASE, "limits": True},
}
SMART = {
    "client_id": "smart",
    "profile": "smart",
    "redirect_uris": [CALLBACK],
    "grant_types": ["authorization_code", "refresh_token", "client_credentials"],
    "jwks": keys_of(0).public_jwks(),
    "scope": "openid profile offline_access patient/*.read system/Patient.read "
    "uma_policy owner btg conf/R sens/PSY",
}
OIDC = {
    "client_id": "oidc",
    "profile": "oidc",
    "redirect_uris": [CALLBACK],
    "token_endpoint_auth_method": "client_secret_basic",
    "client_secret_sha256": hashlib.sha256(SECRET.encode()).hexdigest(),
    "scope": "openid profile email",
}


@pytest.fixture
def start(
    as_app: AsServer, as_settings: AsSettings, clock: Clock, server_keys: KeySet, tmp_path: Path
) -> Any:
    def started(*clients: Any, profiles: tuple[str, ...] = ("smart", "oidc")) -> AsServer:
        path = tmp_path / "clients.json"
        path.write_text(json.dumps(clients))
        update = {"clients_file": path, "client_profiles": profiles}
        settings = as_settings.model_copy(update=update)
        return create_app(settings, clock=clock, key_set=server_keys)

    return started


def client(server: AsServer, client_id: str, clock: Clock, number: int = 0) -> App:
    app = App(server, clock, number)
    app.client_id = client_id
    return app


def basic(client_id: str, secret: str) -> dict[str, str]:
    raw = base64.b64encode(f"{client_id}:{secret}".encode()).decode()
    return {"Authorization": f"Basic {raw}"}


def test_a_profile_needs_the_setting_and_the_operator(start: Any, clock: Clock) -> None:
    for profiles in ((), ("oidc",)):
        with pytest.raises(ValueError, match="AS_CLIENT_PROFILES"):
            start(SMART, profiles=profiles)
    with pytest.raises(ValueError, match="AS_CLIENT_PROFILES"):
        start({**SMART, "profile": "other"})
    with pytest.raises(ValueError, match="client_profiles"):
        AsSettings(secret="a secret of the tests, 0123456789 abcdef", client_profiles="all")
    server = start()
    # Open registration gives nobody any of it.
    app = App(server, clock)
    for changes in (
        {"token_endpoint_auth_method": "client_secret_basic", "jwks": None},
        {"grant_types": ["client_credentials"]},
    ):
        body = app.registration(profile="smart", client_secret_sha256="0" * 64, **changes)
        assert app.wire.post("/register", json=body).status_code == 400
    app.register(profile="smart")
    assert app.token(grant_type="client_credentials").json["error"] == "unauthorized_client"
    answer = app.wire.get("/authorize", query_string=app.query(scope="openid", nonce=None))
    assert "nonce" in answer.headers["Location"]


@pytest.mark.spec("HO-70")
def test_without_the_setting_nothing_of_it_is_offered(as_app: AsServer, start: Any) -> None:
    def offered(server: AsServer) -> Any:
        return server.test_client().get("/.well-known/openid-configuration").json

    plain, more = offered(as_app), offered(start())
    assert "client_credentials" not in plain["grant_types_supported"]
    assert "client_credentials" in more["grant_types_supported"]
    names = ("client_secret_basic", "client_secret_post")
    for name in names:
        assert name not in plain["token_endpoint_auth_methods_supported"]
        assert name in more["token_endpoint_auth_methods_supported"]


def test_such_clients_get_no_heart_scope_and_no_uma_grant(
    start: Any, alice: Person, clock: Clock
) -> None:
    with pytest.raises(ValueError, match="grant_types"):
        start({**SMART, "grant_types": ["authorization_code", UMA_TICKET]})
    server = start(SMART)
    app = client(server, "smart", clock)
    tokens = app.tokens(
        Person(server, "alice"), "openid uma_policy owner uma_protection patient/*.read"
    )
    assert set(tokens["scope"].split()) == {"openid", "patient/*.read"}
    for scope in ("uma_policy", "owner", "btg", "conf/R", "sens/PSY", "uma_protection"):
        answer = app.token(grant_type="client_credentials", scope=scope)
        assert answer.json["error"] == "invalid_scope"
    header = {"Authorization": f"Bearer {tokens['access_token']}"}
    for address in ("/policy", "/resource", "/requests"):
        assert app.wire.get(address, headers=header).status_code in (401, 403)
    ticket = app.token(grant_type=UMA_TICKET, ticket="x")
    assert ticket.json["error"] == "unauthorized_client"


def test_no_nonce_is_needed(start: Any, clock: Clock) -> None:
    server = start(SMART)
    app = client(server, "smart", clock)
    person = Person(server, "alice")
    answer = person.walk("/authorize", app.query(scope="openid profile", nonce=None))
    redeemed = app.redeem(app.answer_of(answer)["code"])
    assert redeemed.status_code == 200
    assert "nonce" not in peek(redeemed.json["id_token"])[1]


@pytest.mark.parametrize(
    ("claims", "taken"),
    [
        ({"exp": 300}, True),
        ({"exp": 361}, False),
        ({"exp": 300, "iat": ...}, True),
        ({"iat": -361}, False),
        ({"jti": "short"}, True),
        ({"jti": ...}, False),
    ],
    ids=str,
)
def test_an_assertion_lives_five_minutes(
    start: Any, clock: Clock, claims: dict[str, Any], taken: bool
) -> None:
    now = int(clock().timestamp())
    moved = {name: now + v if type(v) is int else v for name, v in claims.items()}
    app = client(start(SMART), "smart", clock)
    form = {"grant_type": "refresh_token", "refresh_token": "x"}
    for _ in range(2):
        answer = app.wire.post("/token", data={**form, **app.proof(**moved)})
        assert answer.json["error"] == ("invalid_grant" if taken else "invalid_client")
        moved["jti"] = moved.get("jti", "another")
        taken = False if "jti" in claims else taken


@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post"])
def test_a_secret_proves_the_client_the_one_way_it_is_registered_for(
    start: Any, clock: Clock, method: str
) -> None:
    server = start({**OIDC, "token_endpoint_auth_method": method})
    app = client(server, "oidc", clock)
    code = app.code_from(Person(server, "alice"), scope="openid", nonce=None)
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": CALLBACK,
        "code_verifier": app.verifier,
    }

    def sent(secret: str, how: str = method, client_id: str = "oidc", **more: str) -> Any:
        if how == "client_secret_basic":
            headers = basic(client_id, secret)
            return app.wire.post("/token", data={**form, **more}, headers=headers)
        own = {"client_id": client_id, "client_secret": secret}
        return app.wire.post("/token", data={**form, **own, **more})

    other = {
        "client_secret_basic": "client_secret_post",
        "client_secret_post": "client_secret_basic",
    }
    refused = [
        sent("wrong"),
        sent(""),
        sent(SECRET, how=other[method]),
        sent(SECRET, client_id="nobody"),
        sent(hashlib.sha256(SECRET.encode()).hexdigest()),
        app.wire.post("/token", data=form, headers={"Authorization": "Basic %%%"}),
        app.wire.post("/token", data={**form, "client_id": "oidc"}),
        app.wire.post("/token", data={**form, **app.proof()}),
    ]
    assert {(answer.status_code, answer.json["error"]) for answer in refused} == {
        (401, "invalid_client")
    }
    if method == "client_secret_basic":
        assert refused[0].headers["WWW-Authenticate"].startswith("Basic")
        assert sent(SECRET).status_code == 200
        twice = app.wire.post(
            "/token", data={**form, "client_secret": SECRET}, headers=basic("oidc", SECRET)
        )
        assert twice.json["error"] == "invalid_client"
    else:
        assert sent(SECRET).status_code == 200


def test_a_program_acts_for_nobody_and_its_token_opens_nothing_about_people(
    start: Any, clock: Clock
) -> None:
    server = start(SMART, ROOM)
    app, rs = client(server, "smart", clock), client(server, "rs", clock, 1)
    answer = app.token(grant_type="client_credentials", resource=BASE)
    assert answer.status_code == 200, answer.text
    assert answer.json["scope"] == "patient/*.read system/Patient.read"
    assert answer.json["expires_in"] == 300
    assert "refresh_token" not in answer.json and "id_token" not in answer.json
    token = answer.json["access_token"]
    claims = peek(token)[1]
    assert (claims["sub"], claims["aud"]) == ("smart", [BASE])
    found = rs.wire.post("/introspect", data={"token": token, **rs.proof()}).json
    assert (found["active"], found["sub"], found["scope"]) == (True, "smart", answer.json["scope"])
    here = app.token(grant_type="client_credentials").json["access_token"]
    for one in (token, here):
        header = {"Authorization": f"Bearer {one}"}
        for address in ("/userinfo", "/policy", "/people", "/resource"):
            assert app.wire.get(address, headers=header).status_code == 401
    for resource in ("http://localhost:9/fhir", "x"):
        wrong = app.token(grant_type="client_credentials", resource=resource)
        assert wrong.json["error"] == "invalid_target"
    assert app.wire.post("/revoke", data={"token": token, **app.proof()}).status_code == 200
    gone = rs.wire.post("/introspect", data={"token": token, **rs.proof()})
    assert gone.json == {"active": False}


def test_a_profile_that_is_no_longer_offered_is_refused(start: Any, clock: Clock) -> None:
    server = start()
    app = App(server, clock).register()
    run = server.test_cli_runner().invoke
    changed = run(args=["set-client-profile", app.client_id, "oidc"])
    assert changed.exit_code == 0, (changed.output, changed.exception)
    assert app.token(grant_type="refresh_token", refresh_token="x").status_code == 400
    later = client(start(profiles=()), app.client_id, clock)
    refused = later.token(grant_type="refresh_token", refresh_token="x")
    assert (refused.status_code, refused.json["error"]) == (401, "invalid_client")
    page = later.wire.get("/authorize", query_string=later.query())
    assert "unauthorized_client" in page.headers["Location"]


def test_the_operator_gives_a_registered_client_a_profile_and_a_secret(
    start: Any, clock: Clock
) -> None:
    server = start(OIDC, profiles=("oidc",))
    app, person = App(server, clock).register(), Person(server, "alice")
    held = app.tokens(person, "openid uma_policy offline_access")
    run = server.test_cli_runner().invoke

    def said(*arguments: str) -> str:
        return str(run(args=list(arguments)).output)

    assert "No registered client has this id" in said("give-client-secret", "-an-older-id")
    assert "never a secret" in said("give-client-secret", app.client_id)
    assert "does not name smart" in said("set-client-profile", app.client_id, "smart")
    assert "gets its profile there" in said("set-client-profile", "oidc", "oidc")
    done = said("set-client-profile", app.client_id, "oidc", "--client-credentials", "--scope",
                "openid x:read uma_policy")  # fmt: skip
    assert "'openid x:read'" in done
    header = {"Authorization": f"Bearer {held['access_token']}"}
    assert app.wire.get("/policy", headers=header).status_code == 401, "given under other rules"
    secret = said("give-client-secret", app.client_id, "--method", "client_secret_post").strip()
    form = {"grant_type": "client_credentials", "client_id": app.client_id}
    answer = app.wire.post("/token", data={**form, "client_secret": secret})
    assert (answer.status_code, answer.json["scope"]) == (200, "x:read")
    assert app.wire.post("/token", data={**form, **app.proof()}).status_code == 401
    with server.engine.connect() as connection:
        rows = str(connection.exec_driver_sql("SELECT * FROM client").fetchall())
    assert secret not in rows
