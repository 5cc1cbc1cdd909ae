"""The server as a whole: static clients, keys by address, headers, silence of logs."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from as_server.app import create_app
from as_server.context import AsServer
from as_server.settings import AsSettings
from as_server.tokens import keys
from heart_uma.jose import KeySet
from tests.as_server.person import CALLBACK, App, Person, keys_of
from tests.conftest import Clock


def with_clients(settings: AsSettings, folder: Path, clients: Any) -> AsSettings:
    path = folder / "clients.json"
    path.write_text(json.dumps(clients))
    return settings.model_copy(update={"clients_file": path})


PORTAL = {
    "client_id": "portal",
    "client_name": "Portal",
    "skip_consent": True,
    "redirect_uris": [CALLBACK],
    "grant_types": ["authorization_code", "refresh_token"],
    "jwks": keys_of(2).public_jwks(),
    "scope": "openid profile uma_policy owner offline_access",
}


def test_a_static_client_may_skip_the_consent_page(
    as_app: AsServer,
    as_settings: AsSettings,
    clock: Clock,
    server_keys: KeySet,
    tmp_path: Path,
) -> None:
    settings = with_clients(as_settings, tmp_path, [PORTAL])
    server = create_app(settings, clock=clock, key_set=server_keys)
    portal = App(server, clock, 2)
    portal.client_id = "portal"
    alice = Person(server, "alice")
    page = alice.follow(alice.get("/authorize", **portal.query()))
    assert "form-action" not in page.headers["Content-Security-Policy"]
    answer = alice.follow(alice.sign_in(page))
    assert "code" in portal.answer_of(answer)
    asked = alice.follow(alice.get("/authorize", **portal.query(prompt="consent")))
    assert 'data-registration="static"' in asked.text
    # A client that left the file can do nothing any more.
    gone = create_app(with_clients(as_settings, tmp_path, []), clock=clock, key_set=server_keys)
    assert gone.test_client().get("/authorize", query_string=portal.query()).status_code == 400


@pytest.mark.parametrize(
    "clients",
    [
        {},
        [{}],
        [{**PORTAL, "redirect_uris": ["http://evil.test/"]}],
        [{**PORTAL, "client_id": ""}],
        [{**PORTAL, "jwks": None}],
    ],
    ids=["object", "empty", "redirect", "id", "keys"],
)
def test_a_wrong_clients_file_stops_the_server_with_a_sentence(
    as_settings: AsSettings, clock: Clock, server_keys: KeySet, tmp_path: Path, clients: Any
) -> None:
    with pytest.raises(ValueError, match="AS_CLIENTS_FILE"):
        create_app(with_clients(as_settings, tmp_path, clients), clock=clock, key_set=server_keys)


@pytest.mark.parametrize("issuer", ["http://as.example", "https://as.example/", "ftp://x", "x"])
def test_an_unsafe_issuer_stops_the_server(issuer: str) -> None:
    with pytest.raises(ValueError, match="issuer"):
        AsSettings(issuer=issuer, secret="a secret of the tests, 0123456789 abcdef")


def test_a_key_file_must_be_there_and_private(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    with pytest.raises(ValueError, match="heart-uma keys"):
        keys.load(path, "RS256")
    KeySet.generate("ES256").save(path)
    with pytest.raises(ValueError, match="no private RS256"):
        keys.load(path, "RS256")
    path.chmod(0o644)
    with pytest.raises(ValueError, match="chmod"):
        keys.load(path, "ES256")


@pytest.mark.attack("JWT-28")
@pytest.mark.spec("HO-89")
def test_rotation_keeps_old_keys_for_verifying(tmp_path: Path, clock: Clock) -> None:
    path = tmp_path / "keys.json"
    KeySet.generate("ES256").save(path)
    old = keys.load(path, "ES256")
    issued = int(clock().timestamp())
    token = old.sign("id_token", {"iss": "x", "iat": issued, "exp": issued + 60})
    keys.rotate(path, "ES256")
    new = keys.load(path, "ES256")
    assert len({key["kid"] for key in new.public_jwks()["keys"]}) == 2
    assert new.verify("id_token", token, issuer="x", audience=None, now=clock())["iss"] == "x"
    fresh = new.sign("id_token", {"iss": "x", "iat": issued, "exp": issued + 60})
    with pytest.raises(ValueError, match="key"):
        old.verify("id_token", fresh, issuer="x", audience=None, now=clock())


class Remote:
    """The JWK Set of a client at its own address, counted."""

    def __init__(self) -> None:
        self.asked = 0
        self.answer = httpx.Response(200, json=keys_of(0).public_jwks())

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked += 1
        return self.answer


@pytest.fixture
def remote() -> Remote:
    return Remote()


@pytest.fixture
def remote_app(
    remote: Remote, as_settings: AsSettings, clock: Clock, server_keys: KeySet
) -> Iterator[App]:
    http = httpx.Client(transport=httpx.MockTransport(remote))
    server = create_app(as_settings, clock=clock, http=http, key_set=server_keys)
    app = App(server, clock)
    yield app.register(jwks=None, jwks_uri="http://localhost:9000/jwks")
    http.close()


def authenticates(app: App, **changes: Any) -> bool:
    form = {"grant_type": "refresh_token", "refresh_token": "x", **app.proof(**changes)}
    answer = app.wire.post("/token", data=form)
    return answer.json["error"] == "invalid_grant"


def test_keys_at_an_address_are_fetched_at_use_and_kept(remote: Remote, remote_app: App) -> None:
    assert remote.asked == 0
    assert authenticates(remote_app)
    assert authenticates(remote_app)
    assert remote.asked == 1


@pytest.mark.attack("JWT-10")
@pytest.mark.spec("HO-52")
def test_an_unknown_kid_is_looked_up_again_but_not_all_the_time(
    remote: Remote, remote_app: App, clock: Clock
) -> None:
    assert authenticates(remote_app)
    for _ in range(6):
        assert not authenticates(remote_app, keys=keys_of(3))
    assert remote.asked == 1
    clock.advance(seconds=31)
    remote.answer = httpx.Response(200, json=keys_of(3).public_jwks())
    assert authenticates(remote_app, keys=keys_of(3))
    assert remote.asked == 2


@pytest.mark.fault("1.25")
@pytest.mark.parametrize("named", [True, False])
def test_another_key_under_the_same_kid_is_found_and_the_old_one_dropped(
    remote: Remote, remote_app: App, clock: Clock, named: bool
) -> None:
    def published(number: int) -> tuple[httpx.Response, KeySet]:
        private = keys_of(number).keys[0].material.as_dict(private=True)
        key = {k: v for k, v in private.items() if k != "kid"} | ({"kid": "main"} if named else {})
        public = {k: v for k, v in key.items() if k != "d"}
        name = "main" if named else keys_of(number).keys[0].kid
        signer = KeySet([replace(keys_of(number).keys[0], kid=name)])
        return httpx.Response(200, json={"keys": [public]}), signer

    remote.answer, old = published(0)
    assert authenticates(remote_app, keys=old)
    remote.answer, new = published(3)
    assert not authenticates(remote_app, keys=new)
    assert remote.asked == 1, "at most every 30 seconds"
    clock.advance(seconds=31)
    assert authenticates(remote_app, keys=new)
    assert not authenticates(remote_app, keys=old)
    assert remote.asked == 2


@pytest.mark.fault("2.10")
def test_good_keys_outlast_a_fetch_that_failed(
    remote: Remote, remote_app: App, clock: Clock
) -> None:
    """Anybody may name an unknown kid: a hiccup of the host must not lock the client out."""
    assert authenticates(remote_app)
    clock.advance(seconds=31)
    remote.answer = httpx.Response(500)
    assert not authenticates(remote_app, keys=keys_of(3))
    assert remote.asked == 2
    assert authenticates(remote_app)
    assert not authenticates(remote_app, keys=keys_of(3))
    assert remote.asked == 2


@pytest.mark.attack("REG-11")
@pytest.mark.attack("REG-13")
@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(302, headers={"Location": "http://127.0.0.1/"}),
        httpx.Response(200, html="<p>hello"),
        httpx.Response(200, json={"keys": "x"}),
        httpx.Response(200, content=b"[" * 60_000),
        httpx.Response(200, content=b" " * 70_000),
        httpx.Response(500),
    ],
)
def test_a_useless_answer_is_remembered_for_a_minute(
    remote: Remote, remote_app: App, clock: Clock, answer: httpx.Response
) -> None:
    remote.answer = answer
    assert not authenticates(remote_app)
    assert not authenticates(remote_app)
    assert remote.asked == 1
    clock.advance(seconds=61)
    remote.answer = httpx.Response(200, json=keys_of(0).public_jwks())
    assert authenticates(remote_app)


@pytest.mark.attack("REG-10")
@pytest.mark.attack("JWT-05")
@pytest.mark.parametrize("address", ["127.0.0.1", "10.0.0.1", "169.254.169.254", "::1", "fd00::1"])
def test_a_name_that_leads_inside_is_never_connected_to(
    remote: Remote, remote_app: App, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    import socket

    app = remote_app
    app.register(jwks=None, jwks_uri="https://rebind.test/jwks")
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 443))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
    assert not authenticates(app)
    assert remote.asked == 0


def test_a_public_address_is_connected_to_as_it_was_checked(
    as_settings: AsSettings, clock: Clock, server_keys: KeySet, monkeypatch: pytest.MonkeyPatch
) -> None:
    import socket

    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, json=keys_of(0).public_jwks())

    http = httpx.Client(transport=httpx.MockTransport(answer))
    app = App(create_app(as_settings, clock=clock, http=http, key_set=server_keys), clock)
    app.register(jwks=None, jwks_uri="https://keys.example/jwks?a=b")
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("93.184.216.34", 443))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
    assert authenticates(app)
    assert str(seen[0].url) == "https://keys.example/jwks?a=b"
    assert seen[0].headers["Host"] == "keys.example"
    assert seen[0].extensions["address"] == "93.184.216.34"


@pytest.mark.attack("WEB-20")
@pytest.mark.parametrize("address", ["/login", "/jwks", "/nope", "/token", "/authorize"])
def test_every_answer_carries_the_security_headers(as_app: AsServer, address: str) -> None:
    headers = as_app.test_client().get(address).headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "no-referrer"
    policy = headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'")
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert "Strict-Transport-Security" not in headers


@pytest.mark.attack("WEB-17")
def test_errors_repeat_nothing_that_was_sent(as_app: AsServer) -> None:
    canary = "<script>canary"
    client = as_app.test_client()
    for answer in (
        client.get(f"/{canary}", query_string={canary: canary}, headers={"Host": "canary.test"}),
        client.get("/authorize", query_string={"client_id": canary, "redirect_uri": canary}),
        client.post("/token", data={"grant_type": canary, canary: canary}),
        client.post(f"/authorize/{canary}", data={"csrf_token": canary}),
    ):
        # The colour switch holds the page's own address, percent-encoded; nothing else comes back.
        assert canary not in answer.text
        assert "canary" not in answer.text.split("<footer")[0]
        assert answer.status_code in (400, 403, 404)


def test_an_unforeseen_fault_is_a_500_with_a_code_and_no_detail(
    as_app: AsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> Any:
        raise RuntimeError("canary")

    monkeypatch.setattr(as_app.keys, "public_jwks", broken)
    answer = as_app.test_client().get("/jwks")
    assert (answer.status_code, answer.json["error"]) == (500, "server_error")
    assert "canary" not in answer.text


@pytest.mark.attack("JWT-26")
@pytest.mark.spec("HO-135")
def test_no_secret_reaches_a_log(app: App, alice: Person, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    logging.getLogger().setLevel(logging.DEBUG)
    assert logging.getLogger("authlib").getEffectiveLevel() >= logging.WARNING
    code = app.code_from(alice, scope="openid offline_access")
    tokens = app.redeem(code).json
    again = app.refresh(tokens["refresh_token"]).json
    app.redeem(code)
    app.token(grant_type="refresh_token", refresh_token="canary")
    secrets = [code, app.verifier, alice.password + "\n", "canary"]
    secrets += [
        t[k] for t in (tokens, again) for k in ("access_token", "refresh_token", "id_token")
    ]
    for secret in secrets:
        assert secret not in caplog.text


@pytest.mark.attack("DOS-01")
def test_large_bodies_are_refused(as_app: AsServer) -> None:
    client = as_app.test_client()
    form = {"grant_type": "authorization_code", "code": "x" * 200_000}
    assert client.post("/token", data=form).status_code == 413
    big = json.dumps({"client_name": "x" * 200_000})
    answer = client.post("/register", data=big, content_type="application/json")
    assert answer.status_code in (400, 413)


def test_two_servers_in_one_process_are_independent(
    as_app: AsServer, app: App, alice: Person, clock: Clock, tmp_path: Path
) -> None:
    settings = as_app.settings.model_copy(
        update={"database_url": f"sqlite:///{tmp_path}/other.db", "issuer": "http://localhost:9400"}
    )
    other = create_app(settings, clock=clock, key_set=KeySet.generate("RS256"))
    token = app.tokens(alice, "openid")["access_token"]
    headers = {"Authorization": f"Bearer {token}"}
    assert other.test_client().get("/userinfo", headers=headers).status_code == 401
