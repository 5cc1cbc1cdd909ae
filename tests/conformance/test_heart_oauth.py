"""The HEART profile of OAuth 2.0 at the authorization server (HO)."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from heart_uma.jose import KeySet, decode_jwt, peek
from tests.conformance.scene import BASES, Scene
from tests.conformance.server import Person, Server, told
from tests.wire import Stranger

RS1 = BASES["rs1"]


def refused(app: Stranger, proof: dict[str, str] | None = None, **form: str) -> httpx.Response:
    """The answer to a refresh token that nobody issued: it tells whether the client is known."""
    return app.token(proof=proof, grant_type="refresh_token", refresh_token="x", **form)


@pytest.mark.spec("HO-3", "HC-2")
def test_a_jws_is_compact_or_nothing(app: Stranger) -> None:
    proof = app.assertion()
    head, payload, signature = proof["client_assertion"].split(".")
    whole = json.dumps({"protected": head, "payload": payload, "signature": signature})
    answer = refused(app, proof | {"client_assertion": whole})
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


@pytest.mark.spec("HO-7", "HO-13", "HO-66")
@pytest.mark.parametrize("kind", ["web", "native"])
def test_codes_and_nothing_else(server: Server, alice: Person, kind: str) -> None:
    app = server.app()
    app.redirect_uri = "https://app.example/callback" if kind == "web" else "myapp:/callback"
    app.register(application_type=kind)
    for wanted in ("token", "id_token token", "code token", "none", ""):
        answer = alice.ask(app, response_type=wanted)
        assert told(answer, app)["error"] == "unsupported_response_type"


@pytest.mark.spec("HO-8")
def test_nobody_gets_a_code_without_a_sign_in(app: Stranger, alice: Person) -> None:
    page = alice.ask(app)
    assert page.url.startswith(f"{app.issuer}/")
    assert page.has_form("username", "password")


@pytest.mark.spec("HO-9", "HO-53", "HO-15")
def test_a_code_needs_the_credentials_of_its_client(app: Stranger, alice: Person) -> None:
    form = {"grant_type": "authorization_code", "code": alice.code(app)}
    form |= {"redirect_uri": app.redirect_uri, "code_verifier": app.verifier}
    form |= {"client_id": app.client_id}
    answer = app.token(proof={}, **form)
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
    assert app.token(**form).status_code == 200


@pytest.mark.spec("HO-20", "HO-35", "HO-92", "HO-93")
@pytest.mark.parametrize(
    "changes",
    [
        {"code_challenge": None},
        {"code_challenge_method": None},
        {"code_challenge_method": "plain"},
        {"code_challenge": "short"},
    ],
    ids=str,
)
def test_s256_for_everybody(
    app: Stranger, public_app: Stranger, alice: Person, changes: Any
) -> None:
    for client in (app, public_app):
        assert told(alice.ask(client, **changes), client)["error"] == "invalid_request"
    assert alice.code(app)
    found = app.http.get(f"{app.issuer}/.well-known/oauth-authorization-server").json()
    assert found["code_challenge_methods_supported"] == ["S256"]


@pytest.mark.spec("HO-24", "HO-25")
def test_a_browser_app_gets_little_for_a_short_time(public_app: Stranger, alice: Person) -> None:
    body = public_app.redeem(alice.code(public_app)).json()
    claims = peek(body["access_token"])[1]
    assert "refresh_token" not in body
    assert claims["exp"] - claims["iat"] <= 900


@pytest.mark.spec("HO-33", "HO-54", "HO-56")
def test_a_redirect_uri_is_compared_as_it_stands(app: Stranger, alice: Person) -> None:
    own = app.redirect_uri
    others = [own + "/", own + "?a=b", own.upper(), own.replace("callback", "%63allback"), None]
    others += [own.replace("app.example", "app.example:443"), own.replace("https", "http"), ""]
    for other in others:
        answer = alice.http.get(app.address(redirect_uri=other))
        assert (answer.status_code, answer.headers.get("Location")) == (400, None)
    assert alice.http.get(app.address(client_id="unknown")).status_code == 400
    bare = app.try_to_register(redirect_uris=[])
    assert (bare.status_code, bare.json()["error"]) == (400, "invalid_redirect_uri")


@pytest.mark.spec("HO-37")
def test_the_answer_says_who_answers(app: Stranger, alice: Person) -> None:
    assert alice.answer(app)["iss"] == app.issuer
    error = told(alice.ask(app, prompt="none", scope="x"), app)
    assert (error["iss"], error["error"]) == (app.issuer, "invalid_scope")
    found = app.http.get(f"{app.issuer}/.well-known/openid-configuration").json()
    assert found["authorization_response_iss_parameter_supported"] is True


@pytest.mark.spec("HO-38", "HO-51")
@pytest.mark.parametrize(
    "method", ["client_secret_basic", "client_secret_post", "client_secret_jwt"]
)
def test_no_client_has_a_secret(app: Stranger, method: str) -> None:
    answer = app.try_to_register(token_endpoint_auth_method=method)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_client_metadata")
    form = {"grant_type": "refresh_token", "refresh_token": "x", "client_id": app.client_id}
    for options in ({"data": form | {"client_secret": "x"}}, {"data": form, "auth": ("x", "y")}):
        answer = app.http.post(app.metadata["token_endpoint"], **options)  # type: ignore[arg-type]
        assert answer.status_code == 401


@pytest.mark.spec("HO-39", "HO-40", "HO-42", "HO-43", "HO-46", "HO-49", "HC-7")
def test_an_assertion_holds_what_it_must(app: Stranger) -> None:
    def error(**changes: Any) -> str:
        return str(refused(app, app.assertion(**changes)).json()["error"])

    assert error() == "invalid_grant", "a good one leads on to the grant"
    bad = [{name: ...} for name in ("iss", "sub", "aud", "iat", "exp", "jti")]
    bad += [{"iss": "x"}, {"sub": "x"}, {"exp": 1}]
    for changes in bad:
        assert error(**changes) == "invalid_client", changes
    assert error(keys=KeySet.generate("ES256")) == "invalid_client"
    assert refused(app, client_id="x").status_code == 401
    assert refused(app, client_id=app.client_id).json()["error"] == "invalid_grant"


@pytest.mark.spec("HO-44")
def test_an_assertion_is_used_once(app: Stranger) -> None:
    proof = app.assertion()
    errors = [refused(app, proof).json()["error"] for _ in range(2)]
    assert errors == ["invalid_grant", "invalid_client"]


@pytest.mark.spec("HO-47")
def test_rs256_assertions_are_taken(server: Server) -> None:
    app = server.app(keys=KeySet.generate("RS256"))
    app.register()
    assert refused(app).json()["error"] == "invalid_grant"


@pytest.mark.spec("HO-50", "HO-94")
def test_the_verifier_is_verified(app: Stranger, alice: Person) -> None:
    for verifier in ("v" * 43, None):
        answer = app.redeem(alice.code(app), code_verifier=verifier)
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")


@pytest.mark.spec("HO-55", "HO-68", "HC-38")
def test_each_registration_is_a_client_of_its_own(app: Stranger) -> None:
    ids = {app.try_to_register().json()["client_id"] for _ in range(5)}
    assert len(ids) == 5


@pytest.mark.spec("HO-57", "HO-58")
@pytest.mark.parametrize(
    ("uris", "status"),
    [
        (["https://app.example/cb"], 201),
        (["http://localhost:1/cb", "http://127.0.0.1/cb"], 201),
        (["myapp:/cb"], 201),
        (["http://app.example/cb"], 400),
        (["https://app.example/cb", "myapp:/cb"], 400),
        (["https://app.example/cb", "http://localhost/cb"], 400),
    ],
    ids=str,
)
def test_redirect_uris_are_of_one_of_three_kinds(
    app: Stranger, uris: list[str], status: int
) -> None:
    answer = app.try_to_register(redirect_uris=uris, application_type="native")
    assert answer.status_code == status


@pytest.mark.spec("HO-61", "HO-64")
def test_keys_are_one_public_set(app: Stranger) -> None:
    private = {**app.keys.public_jwks()["keys"][0], "d": "AAAA"}
    for changes in (
        {"jwks": None},
        {"jwks_uri": "https://app.example/jwks"},
        {"jwks": {"keys": [private]}},
        {"jwks": {"keys": []}},
    ):
        answer = app.try_to_register(**changes)
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_client_metadata")


@pytest.mark.spec("HO-29", "HO-67", "HO-70")
def test_nobody_registers_for_client_credentials(app: Stranger) -> None:
    for grants in (["client_credentials"], ["authorization_code", "client_credentials"]):
        answer = app.try_to_register(grant_types=grants)
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_client_metadata")
    answer = app.token(grant_type="client_credentials")
    assert (answer.status_code, answer.json()["error"]) == (400, "unauthorized_client")


@pytest.mark.spec("HO-77", "HO-79")
def test_the_page_says_what_is_asked_and_that_nobody_checked_the_app(
    app: Stranger, alice: Person
) -> None:
    page = alice.sign_in(app, alice.ask(app, scope="openid uma_policy owner"))
    assert 'data-registration="dynamic"' in page.text
    assert "See and change who can see your records" in page.text
    assert "Open your own records for you" in page.text


@pytest.mark.spec("HO-82", "HO-83", "HC-34", "HC-35", "HU-10", "HU-15")
def test_the_discovery_document_is_whole(app: Stranger) -> None:
    found = app.http.get(f"{app.issuer}/.well-known/openid-configuration").json()
    for name in (
        *("issuer", "authorization_endpoint", "token_endpoint", "jwks_uri", "userinfo_endpoint"),
        *("introspection_endpoint", "revocation_endpoint", "registration_endpoint"),
        *("scopes_supported", "claims_supported", "response_types_supported"),
        *("subject_types_supported", "id_token_signing_alg_values_supported"),
    ):
        assert found[name], name
    assert "urn:ietf:params:oauth:grant-type:uma-ticket" in found["grant_types_supported"]
    assert len(found["uma_profiles_supported"]) == 2


@pytest.mark.spec("HO-95", "HO-96", "HO-97", "HO-98", "HO-99", "HO-103", "HO-104")
@pytest.mark.spec("HU-2", "HU-3", "HU-5", "HU-7")
def test_every_access_token_is_a_jwt_of_this_server(scene: Scene) -> None:
    condition, issuer = (scene.register(), "Condition"), scene.server.issuer
    scene.policy()
    published = scene.app("c1").http.get(scene.metadata["jwks_uri"]).json()
    keys = KeySet.from_jwks(published)
    tokens = [(scene.pat(), "rs1", [issuer]), (scene.rpt(condition)["access_token"], "c1", [RS1])]
    seen = set()
    for token, name, audience in tokens:
        header, _ = peek(token)
        claims = decode_jwt(
            "access_token",
            token,
            keys,
            issuer=issuer,
            audience=audience,
            now=scene.server.clock(),
        )
        assert header["alg"] == "RS256"
        assert header["kid"] in {key["kid"] for key in published["keys"]}
        assert "kid" not in claims
        assert claims["azp"] == claims["client_id"] == scene.app(name).client_id
        assert claims["aud"] == audience
        assert isinstance(claims["exp"], int)
        assert len(claims["jti"]) >= 22
        seen.add(claims["jti"])
    assert len(seen) == len(tokens)


@pytest.mark.spec("HO-108", "HO-109", "HO-110")
def test_introspection_of_an_ordinary_token(scene: Scene) -> None:
    app = scene.app("c2")
    alice = scene.owner_call("GET", "people/me")["key"]
    scene.register()
    token = scene.access_token("alice", "c2", "owner", resource=RS1)
    found = scene.introspect(token)
    assert (found["active"], found["scope"]) == (True, "owner")
    assert found["client_id"] == app.client_id
    assert isinstance(found["exp"], int)
    assert found["sub"] not in (alice, "alice")
    scene.revoke("c2", token=token)
    scene.server.wait(seconds=1)
    for dead in (token, "foreign"):
        assert scene.introspect(dead) == {"active": False}
    scene.tokens.clear()
    late = scene.access_token("alice", "c2", "owner", resource=RS1)
    scene.server.wait(seconds=301)
    assert scene.introspect(late) == {"active": False}
