"""A registration promises what is kept, member by member (RFC 7591 2, 3.2.1)."""

from __future__ import annotations

from typing import Any

import pytest

from as_server.app import create_app
from as_server.context import AsServer
from as_server.models import used_jti
from as_server.settings import AsSettings
from heart_ground.orm import writing
from heart_uma.jose import KeySet, peek
from tests.as_server.person import App, Person
from tests.conftest import Clock

SITE = "https://app.example"
# Each member that RFC 7591 and OpenID Connect Registration know, with a good value.
MEMBERS: dict[str, Any] = {
    "application_type": "web",
    "backchannel_logout_session_required": True,
    "backchannel_logout_uri": f"{SITE}/out",
    "claims_redirect_uris": [f"{SITE}/claims"],
    "client_name": "Clinic app",
    "client_uri": SITE,
    "contacts": ["help@app.example"],
    "default_acr_values": ["x"],
    "default_max_age": 60,
    "frontchannel_logout_session_required": True,
    "frontchannel_logout_uri": f"{SITE}/out",
    "grant_types": ["authorization_code"],
    "id_token_encrypted_response_alg": "RSA-OAEP",
    "id_token_signed_response_alg": "RS256",
    "initiate_login_uri": f"{SITE}/login",
    "logo_uri": f"{SITE}/logo.png",
    "policy_uri": f"{SITE}/policy",
    "post_logout_redirect_uris": [f"{SITE}/bye"],
    "request_object_signing_alg": "RS256",
    "request_uris": [],
    "require_auth_time": True,
    "response_types": ["code"],
    "scope": "openid",
    "software_id": "app",
    "software_version": "1",
    "subject_type": "pairwise",
    "token_endpoint_auth_method": "private_key_jwt",
    "token_endpoint_auth_signing_alg": "ES256",
    "tos_uri": f"{SITE}/terms",
    "userinfo_signed_response_alg": "RS256",
}
KEPT = {
    # honoured
    *("application_type", "claims_redirect_uris", "client_name", "grant_types"),
    *("id_token_signed_response_alg", "post_logout_redirect_uris", "response_types", "scope"),
    *("subject_type", "token_endpoint_auth_method", "token_endpoint_auth_signing_alg"),
    # for the operator, who reads the table; they promise nothing
    *("client_uri", "contacts", "software_id", "software_version"),
}


@pytest.mark.fault("1.14")
def test_the_answer_holds_what_is_kept_and_nothing_else(app: App) -> None:
    answer = app.wire.post("/register", json=app.registration(**MEMBERS))
    assert answer.status_code == 201, answer.text
    assert {name for name in MEMBERS if name in answer.json} == KEPT
    assert {name: answer.json[name] for name in KEPT} == {name: MEMBERS[name] for name in KEPT}


@pytest.mark.fault("1.16")
def test_null_is_as_if_left_out_for_every_member(app: App) -> None:
    def registered(name: str, body: dict[str, Any]) -> Any:
        answer = app.wire.post("/register", json={**body, name: None})
        return answer.status_code, {**answer.json, "client_id": "", "client_id_issued_at": 0}

    whole = app.registration()
    bare = {name: value for name, value in whole.items() if name in ("redirect_uris", "jwks")}
    answer = app.wire.post("/register", json=bare)
    plain = answer.status_code, {**answer.json, "client_id": "", "client_id_issued_at": 0}
    names = [*MEMBERS, "jwks_uri", "heart_uma_resource_server", "software_statement"]
    assert [name for name in names if registered(name, bare) != plain] == []


@pytest.mark.fault("1.14")
def test_sector_identifier_uri_is_refused(app: App) -> None:
    """A `sub` is made for each client, so the sector that it asks for would not be there."""
    body = app.registration(sector_identifier_uri=f"{SITE}/redirects.json")
    answer = app.wire.post("/register", json=body)
    assert (answer.status_code, answer.json["error"]) == (400, "invalid_client_metadata")
    assert "sector_identifier_uri" in answer.json["error_description"]


@pytest.mark.fault("1.16")
def test_a_byte_order_mark_is_named(app: App) -> None:
    body = b"\xef\xbb\xbf{}"
    answer = app.wire.post("/register", data=body, content_type="application/json")
    assert answer.status_code == 400
    assert "byte order mark" in answer.json["error_description"]


@pytest.mark.fault("1.14")
def test_an_id_token_is_signed_as_registered(
    as_app: AsServer, as_settings: AsSettings, clock: Clock, server_keys: KeySet, alice: Person
) -> None:
    both = KeySet((*server_keys.keys, *KeySet.generate("ES256").keys))
    server = create_app(as_settings, clock=clock, key_set=both)
    person = Person(server, "alice")
    offered = server.test_client().get("/.well-known/openid-configuration").json
    assert offered["id_token_signing_alg_values_supported"] == ["RS256", "ES256"]
    for number, algorithm in enumerate(("ES256", "RS256", None)):
        app = App(server, clock, number).register(id_token_signed_response_alg=algorithm)
        token = app.tokens(person, "openid")["id_token"]
        assert peek(token)[0]["alg"] == (algorithm or "RS256")
    # A key file that lost the key since: nobody is locked out.
    kept = App(server, clock, 4).register(id_token_signed_response_alg="ES256")
    kept.server = create_app(as_settings, clock=clock, key_set=server_keys)
    kept.wire = kept.server.test_client()
    token = kept.tokens(Person(kept.server, "alice"), "openid")["id_token"]
    assert peek(token)[0]["alg"] == "RS256"
    # Without a key for it, it is not promised.
    fresh = App(as_app, clock, 3)
    body = fresh.registration(id_token_signed_response_alg="ES256")
    assert fresh.wire.post("/register", json=body).status_code == 400


@pytest.mark.fault("1.14")
def test_an_assertion_is_signed_as_registered(as_app: AsServer, clock: Clock) -> None:
    """OpenID Connect Registration 2: every other algorithm MUST be rejected."""
    rsa, elliptic = KeySet.generate("RS256"), KeySet.generate("ES256")
    jwks = {"keys": [*rsa.public_jwks()["keys"], *elliptic.public_jwks()["keys"]]}
    app = App(as_app, clock)
    app.register(jwks=jwks, token_endpoint_auth_signing_alg="ES256")
    form = {"grant_type": "refresh_token", "refresh_token": "x"}
    good = app.wire.post("/token", data={**form, **app.proof(elliptic)})
    other = app.wire.post("/token", data={**form, **app.proof(rsa)})
    assert (good.json["error"], other.json["error"]) == ("invalid_grant", "invalid_client")
    assert "alg that was registered" in other.json["error_description"]
    only = app.registration(jwks=rsa.public_jwks(), token_endpoint_auth_signing_alg="ES256")
    assert app.wire.post("/register", json=only).status_code == 400


@pytest.mark.fault("1.19")
@pytest.mark.parametrize(
    ("times", "bound"),
    [
        ({"exp": 120}, ""),
        ({"exp": 122}, ""),
        ({"exp": 180}, ""),
        ({"exp": 181}, "exp lies more than 120 seconds ahead"),
        ({"exp": -59}, ""),
        ({"exp": -60}, "exp has passed"),
        ({"iat": 60, "exp": 120}, ""),
        ({"iat": 61, "exp": 120}, "iat lies ahead"),
        ({"iat": -180}, ""),
        ({"iat": -181}, "iat is too old"),
        ({"nbf": 60}, ""),
        ({"nbf": 61}, "nbf lies ahead"),
        ({"iat": ...}, "iat is missing"),
        ({"exp": ...}, "exp is missing"),
        ({"exp": "soon"}, "exp is not a number"),
        ({"jti": "short"}, "jti needs"),
        ({"aud": "https://other.example"}, "aud is somebody else"),
        ({"sub": "other"}, "sub is not the client"),
    ],
    ids=str,
)
def test_a_refused_assertion_says_which_bound_was_broken(
    app: App, clock: Clock, times: dict[str, Any], bound: str
) -> None:
    now = int(clock().timestamp())
    claims = {name: now + value if type(value) is int else value for name, value in times.items()}
    form = {"grant_type": "refresh_token", "refresh_token": "x", **app.proof(**claims)}
    answer = app.wire.post("/token", data=form)
    if not bound:
        assert answer.json["error"] == "invalid_grant"
    else:
        assert (answer.status_code, answer.json["error"]) == (401, "invalid_client")
        assert bound in answer.json["error_description"]


@pytest.mark.fault("1.19")
def test_who_does_not_hold_the_key_learns_nothing(app: App) -> None:
    stranger = KeySet.generate("ES256")
    form = {"grant_type": "refresh_token", "refresh_token": "x"}
    said = {
        app.wire.post("/token", data={**form, **app.proof(stranger, exp=exp)}).json[
            "error_description"
        ]
        for exp in (1, 4_000_000_000)
    }
    assert said == {"Client authentication failed."}
    proof = app.proof()
    app.wire.post("/token", data={**form, **proof})
    twice = app.wire.post("/token", data={**form, **proof})
    assert "jti was used before" in twice.json["error_description"]


def test_a_spent_assertion_is_remembered_for_as_long_as_it_would_be_taken(
    as_app: AsServer, app: App, clock: Clock
) -> None:
    form = {"grant_type": "refresh_token", "refresh_token": "x"}
    proof = app.proof(exp=int(clock().timestamp()) + 5)
    assert app.wire.post("/token", data={**form, **proof}).json["error"] == "invalid_grant"
    clock.advance(seconds=60)
    with writing(as_app.engine) as db:
        used_jti.purge(db, int(clock().timestamp()))
    twice = app.wire.post("/token", data={**form, **proof})
    assert "jti was used before" in twice.json["error_description"]


@pytest.mark.fault("1.26")
@pytest.mark.parametrize("kind", ["native", "web", None])
@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]"])
def test_a_loopback_port_varies_for_every_app(
    as_app: AsServer, clock: Clock, alice: Person, kind: str | None, host: str
) -> None:
    """RFC 8252 7.3 says nothing of application_type."""
    app = App(as_app, clock).register(
        redirect_uris=[f"http://{host}:9190/cb"], application_type=kind
    )
    app.redirect_uri = f"http://{host}:51004/cb"
    assert "code" in app.answer_of(alice.walk("/authorize", app.query()))
    for other in (f"http://{host}:51004/other", "http://localhost:51004/cb"):
        assert alice.get("/authorize", **app.query(redirect_uri=other)).status_code == 400


@pytest.mark.attack("PRO-01")
def test_codes_of_a_resource_server_go_to_its_own_port(
    as_app: AsServer, clock: Clock, alice: Person
) -> None:
    base = "http://127.0.0.1:8401"
    server = {"base": f"{base}/fhir", "limits": True}
    app = App(as_app, clock).register(
        redirect_uris=[f"{base}/cb"], heart_uma_resource_server=server
    )
    query = app.query(redirect_uri="http://127.0.0.1:51004/cb")
    assert alice.get("/authorize", **query).status_code == 400
