"""The token endpoint: client authentication, claims, audiences (RFC 7523, X-6, X-11)."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from as_server import owner_seal
from as_server.context import AsServer
from heart_uma.jose import peek, sign
from tests.as_server.person import App, Person, keys_of
from tests.conftest import Clock

RS = "http://localhost:8401/fhir"


def refused(answer: Any, status: int, error: str) -> None:
    assert (answer.status_code, answer.json["error"]) == (status, error), answer.text
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_code_gives_tokens_with_the_claims_of_both_profiles(
    app: App, alice: Person, clock: Clock
) -> None:
    answer = app.redeem(app.code_from(alice))
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["Cache-Control"] == "no-store"
    header, claims = peek(answer.json["access_token"])
    assert (header["typ"], header["alg"]) == ("at+jwt", "RS256")
    assert "kid" in header
    assert "scope" not in claims
    assert claims["aud"] == ["http://localhost:8400"]
    assert claims["azp"] == claims["client_id"] == app.client_id
    assert claims["exp"] - claims["iat"] == 3600
    _, identity = peek(answer.json["id_token"])
    assert identity["aud"] == [app.client_id]
    assert identity["sub"] == claims["sub"]
    assert identity["name"] == "Alice Moreno"
    assert "email" not in identity
    assert identity["auth_time"] == int(clock().timestamp())
    assert len(answer.json["refresh_token"]) == owner_seal.LENGTH


@pytest.mark.spec("HO-105")
def test_refresh_tokens_are_signed_like_access_tokens_where_it_is_set(
    as_app: AsServer, app: App, alice: Person
) -> None:
    opaque = app.tokens(alice, "openid offline_access")["refresh_token"]
    settings = as_app.issuer.settings
    as_app.issuer.settings = settings.model_copy(update={"refresh_token_format": "jws"})
    renewed = app.refresh(opaque).json
    signed = renewed["refresh_token"]
    header, claims = peek(signed)
    access, of_access = peek(renewed["access_token"])
    assert header == {**access, "typ": "rt+jwt"}
    assert claims.keys() == of_access.keys()
    assert claims["aud"] == ["http://localhost:8400"]
    as_app.issuer.settings = settings
    assert "." not in app.refresh(signed).json["refresh_token"]


def test_two_clients_know_a_person_by_two_names(
    as_app: AsServer, app: App, alice: Person, clock: Clock
) -> None:
    other = App(as_app, clock, 1).register()
    first, second = (a.tokens(alice, "openid") for a in (app, other))
    assert peek(first["id_token"])[1]["sub"] != peek(second["id_token"])[1]["sub"]


@pytest.mark.attack("TOK-01")
def test_get_is_refused_with_405_and_the_code_stays_good(app: App, alice: Person) -> None:
    code = app.code_from(alice)
    answer = app.wire.get("/token", query_string={"grant_type": "authorization_code", "code": code})
    assert answer.status_code == 405
    assert "POST" in answer.headers["Allow"]
    assert app.redeem(code).status_code == 200


@pytest.mark.attack("TOK-02")
def test_json_is_refused_and_the_code_stays_good(app: App, alice: Person) -> None:
    code = app.code_from(alice)
    form = {"grant_type": "authorization_code", "code": code, **app.proof()}
    refused(app.wire.post("/token", json=form), 400, "invalid_request")
    assert app.redeem(code).status_code == 200


@pytest.mark.attack("TOK-04")
def test_query_parameters_are_refused(app: App) -> None:
    query = {"grant_type": "authorization_code", "code": "x", **app.proof()}
    refused(app.wire.post("/token", query_string=query, data={}), 400, "invalid_request")
    refused(
        app.wire.post("/token?client_id=x", data={"grant_type": "refresh_token"}),
        400,
        "invalid_request",
    )


@pytest.mark.parametrize("name", ["code", "grant_type", "client_assertion", "code_verifier"])
def test_a_parameter_given_twice_is_refused(app: App, name: str) -> None:
    form = {"grant_type": "authorization_code", "code": "x", "code_verifier": "v", **app.proof()}
    doubled = {key: [value, value] if key == name else value for key, value in form.items()}
    refused(app.wire.post("/token", data=doubled), 400, "invalid_request")


@pytest.mark.attack("TOK-05")
def test_an_assertion_works_once(app: App) -> None:
    proof = app.proof()
    form = {"grant_type": "refresh_token", "refresh_token": "x"}
    refused(app.wire.post("/token", data=form | proof), 400, "invalid_grant")
    refused(app.wire.post("/token", data=form | proof), 401, "invalid_client")


@pytest.mark.attack("TOK-07")
@pytest.mark.parametrize(
    "aud",
    [
        "http://localhost:8400/par",
        ["http://localhost:8400", "https://evil.test"],
        ["http://localhost:8400"],
        "http://localhost:8400/",
        "http://localhost:8400/token/",
        ...,
        "",
    ],
)
def test_an_assertion_for_another_audience_is_refused(app: App, aud: Any) -> None:
    form = {"grant_type": "refresh_token", "refresh_token": "x", **app.proof(aud=aud)}
    refused(app.wire.post("/token", data=form), 401, "invalid_client")


def test_the_issuer_is_an_audience_too(app: App) -> None:
    proof = app.proof(aud="http://localhost:8400")
    form = {"grant_type": "refresh_token", "refresh_token": "x", **proof}
    refused(app.wire.post("/token", data=form), 400, "invalid_grant")


@pytest.mark.attack("TOK-08")
@pytest.mark.parametrize("exp", [3600, 181, ..., "1999999999", True, -60, -3600])
def test_an_assertion_ends_within_two_minutes(app: App, clock: Clock, exp: Any) -> None:
    if isinstance(exp, int) and not isinstance(exp, bool):
        exp += int(clock().timestamp())
    form = {"grant_type": "refresh_token", "refresh_token": "x", **app.proof(exp=exp)}
    refused(app.wire.post("/token", data=form), 401, "invalid_client")


@pytest.mark.attack("TOK-10")
@pytest.mark.parametrize("jti", [..., "", "x" * 10_000, "8letters", 7, ["a" * 30]])
def test_a_jti_must_be_unguessable(app: App, jti: Any) -> None:
    form = {"grant_type": "refresh_token", "refresh_token": "x", **app.proof(jti=jti)}
    refused(app.wire.post("/token", data=form), 401, "invalid_client")


@pytest.mark.attack("TOK-10")
def test_a_client_cannot_burn_the_jti_of_another(as_app: AsServer, app: App, clock: Clock) -> None:
    other = App(as_app, clock, 1).register()
    form = {"grant_type": "refresh_token", "refresh_token": "x"}
    for one in (app, other):
        answer = one.wire.post("/token", data=form | one.proof(jti="the same jti for both of them"))
        refused(answer, 400, "invalid_grant")


@pytest.mark.attack("TOK-11")
def test_an_assertion_speaks_for_its_signer_only(as_app: AsServer, app: App, clock: Clock) -> None:
    other = App(as_app, clock, 1).register()
    form = {"grant_type": "refresh_token", "refresh_token": "x"}
    wrong = [
        app.proof(sub=other.client_id),
        app.proof(iss=other.client_id),
        other.proof(keys=app.keys),
        app.proof() | {"client_id": other.client_id},
        app.proof(iss=["a"]),
        app.proof(iat=...),
    ]
    for proof in wrong:
        refused(app.wire.post("/token", data=form | proof), 401, "invalid_client")


@pytest.mark.attack("TOK-13")
def test_two_ways_to_authenticate_are_one_too_many(app: App) -> None:
    form = {"grant_type": "refresh_token", "refresh_token": "x", **app.proof()}
    answer = app.wire.post("/token", data=form, auth=(app.client_id, "secret"))
    refused(answer, 400, "invalid_request")
    refused(app.wire.post("/token", data=form | {"client_secret": "s"}), 400, "invalid_request")


@pytest.mark.parametrize("form", [{}, {"client_secret": "s"}])
def test_secrets_are_not_a_way_to_authenticate(app: App, form: dict[str, str]) -> None:
    form = {"grant_type": "refresh_token", "refresh_token": "x", "client_id": app.client_id} | form
    answer = app.wire.post("/token", data=form, auth=(app.client_id, "s"))
    refused(answer, 401, "invalid_client")
    assert answer.headers["WWW-Authenticate"].startswith("Basic")
    refused(app.wire.post("/token", data=form), 401, "invalid_client")


@pytest.mark.attack("TOK-14")
@pytest.mark.parametrize("kind", ["", "urn:ietf:params:oauth:client-assertion-type:saml2-bearer"])
def test_the_assertion_type_must_be_named(app: App, kind: str) -> None:
    form = {"grant_type": "refresh_token", "refresh_token": "x", **app.proof()}
    form["client_assertion_type"] = kind
    refused(app.wire.post("/token", data=form), 401, "invalid_client")
    del form["client_assertion_type"]
    refused(app.wire.post("/token", data=form), 401, "invalid_client")


@pytest.mark.attack("TOK-16")
def test_nobody_here_may_use_client_credentials(app: App) -> None:
    refused(app.token(grant_type="client_credentials"), 400, "unauthorized_client")


@pytest.mark.spec("HO-5")
@pytest.mark.parametrize("grant_type", ["password", 'quote"d', "\u00fc", "implicit"])
def test_unknown_grants_are_refused_without_an_echo(app: App, grant_type: str) -> None:
    answer = app.token(grant_type=grant_type, username="alice", password="demo")
    refused(answer, 400, "unsupported_grant_type")
    assert grant_type not in answer.json["error_description"]


@pytest.mark.attack("JWT-01")
@pytest.mark.parametrize("alg", ["none", "None", "nOnE", "", None, ["ES256"], "HS256", "EdDSA"])
def test_assertions_without_a_real_signature_are_refused(app: App, alg: Any) -> None:
    def part(value: Any) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()

    forged = f"{part({'alg': alg, 'typ': 'JWT'})}.{part(app.claims())}."
    for assertion in (forged, forged + "c2ln"):
        form = {"grant_type": "refresh_token", "refresh_token": "x", **app.proof()}
        answer = app.wire.post("/token", data=form | {"client_assertion": assertion})
        refused(answer, 401, "invalid_client")


@pytest.mark.attack("JWT-17")
def test_tokens_of_other_kinds_are_no_assertions(app: App, alice: Person) -> None:
    tokens = app.tokens(alice, "openid offline_access")
    for name in ("access_token", "id_token", "refresh_token"):
        form = {"grant_type": "refresh_token", "refresh_token": "x", **app.proof()}
        answer = app.wire.post("/token", data=form | {"client_assertion": tokens[name]})
        refused(answer, 401, "invalid_client")
    wrong_type = sign("access_token", app.claims(), app.keys)
    form = {"grant_type": "refresh_token", "refresh_token": "x", **app.proof()}
    refused(
        app.wire.post("/token", data=form | {"client_assertion": wrong_type}), 401, "invalid_client"
    )


@pytest.mark.attack("JWT-16")
@pytest.mark.parametrize(
    "junk", ["a" * 40_000, "a." * 500, "a.b.c", "\x00", "\u00fc.\u00fc.\u00fc", ""]
)
def test_garbage_assertions_are_a_plain_401(app: App, junk: str) -> None:
    form = {"grant_type": "refresh_token", "refresh_token": "x", **app.proof()}
    answer = app.wire.post("/token", data=form | {"client_assertion": junk})
    assert answer.status_code in (400, 401), answer.text


@pytest.mark.attack("JWT-08")
def test_a_key_is_looked_up_with_its_client_only(as_app: AsServer, app: App, clock: Clock) -> None:
    App(as_app, clock, 1).register()
    form = {"grant_type": "refresh_token", "refresh_token": "x", **app.proof(keys=keys_of(1))}
    refused(app.wire.post("/token", data=form), 401, "invalid_client")


def test_resource_picks_the_audience(
    as_app: AsServer, app: App, alice: Person, clock: Clock
) -> None:
    server = {"base": RS, "events_endpoint": "http://localhost:8401/events", "limits": True}
    App(as_app, clock, 1).register(
        heart_uma_resource_server=server, redirect_uris=["http://localhost:8401/link/return"]
    )
    tokens = app.tokens(alice, "openid uma_policy owner offline_access")
    assert tokens["scope"] == "openid uma_policy offline_access"
    assert peek(tokens["access_token"])[1]["aud"] == ["http://localhost:8400"]
    owner = app.refresh(tokens["refresh_token"], resource=RS)
    assert owner.json["scope"] == "owner"
    assert owner.json["expires_in"] == 300
    assert peek(owner.json["access_token"])[1]["aud"] == [RS]
    nowhere = app.refresh(owner.json["refresh_token"], resource="http://localhost:9999/fhir")
    refused(nowhere, 400, "invalid_target")
    both = app.refresh(owner.json["refresh_token"], resource=[RS, "http://localhost:8400"])
    refused(both, 400, "invalid_target")
    # A request refused for its form costs the client nothing.
    assert app.refresh(owner.json["refresh_token"]).status_code == 200


def test_a_resource_without_the_owner_scope_is_refused(
    as_app: AsServer, app: App, alice: Person, clock: Clock
) -> None:
    App(as_app, clock, 1).register(
        heart_uma_resource_server={"base": RS}, redirect_uris=["http://localhost:8401/cb"]
    )
    tokens = app.tokens(alice, "openid offline_access")
    refused(app.refresh(tokens["refresh_token"], resource=RS), 400, "invalid_target")


def test_a_public_client_gets_short_tokens_and_no_refresh(public_app: App, alice: Person) -> None:
    code = public_app.code_from(alice)
    form = {
        "grant_type": "authorization_code",
        "client_id": public_app.client_id,
        "code": code,
        "redirect_uri": public_app.redirect_uri,
        "code_verifier": public_app.verifier,
    }
    answer = public_app.wire.post("/token", data=form)
    assert answer.status_code == 200
    assert answer.json["expires_in"] <= 900
    assert "refresh_token" not in answer.json
    assert "offline_access" not in answer.json["scope"]
