"""The documents this server publishes are true: metadata, keys, OpenAPI, health."""

from __future__ import annotations

import re
from typing import Any

import pytest

from as_server.context import AsServer
from as_server.endpoints.resource_registration import TEXT_MEMBERS
from as_server.messages.described import (
    ClientRegistration,
    ResourceDescription,
    SharingPolicyBody,
)
from as_server.policy.model import SharingPolicy
from as_server.route import Form
from as_server.routes import ROUTES
from heart_ground import probes
from tests.as_server.person import App, Person
from tests.as_server.uma import Uma

ISSUER = "http://localhost:8400"
DOCUMENTS = ("uma2-configuration", "openid-configuration", "oauth-authorization-server")


@pytest.fixture
def metadata(as_app: AsServer) -> dict[str, Any]:
    document: dict[str, Any] = as_app.test_client().get("/.well-known/uma2-configuration").json
    return document


@pytest.mark.spec("HO-80")
def test_the_three_documents_are_one(as_app: AsServer) -> None:
    answers = [as_app.test_client().get(f"/.well-known/{name}") for name in DOCUMENTS]
    assert len({a.data for a in answers}) == 1
    for answer in answers:
        assert answer.headers["Content-Type"] == "application/json"
        assert "max-age=604800" in answer.headers["Cache-Control"]
        assert answer.headers["Access-Control-Allow-Origin"] == "*"


@pytest.mark.spec("HO-81")
def test_every_address_is_below_the_issuer_answers_and_ends_in_no_slash(
    as_app: AsServer, metadata: dict[str, Any]
) -> None:
    assert metadata["issuer"] == ISSUER
    addresses = {k: v for k, v in metadata.items() if k.endswith("_endpoint") or k == "jwks_uri"}
    assert len(addresses) == 14
    for name, address in addresses.items():
        assert address.startswith(ISSUER + "/"), name
        assert not address.endswith("/"), name
        answer = as_app.test_client().options(address.removeprefix(ISSUER))
        assert answer.status_code == 200, name


@pytest.mark.spec("HO-84")
def test_nothing_weak_is_advertised(metadata: dict[str, Any]) -> None:
    for name, value in metadata.items():
        if name.endswith("alg_values_supported"):
            assert not [alg for alg in value if alg == "none" or alg.startswith("HS")]
        if name.endswith("auth_methods_supported"):
            assert not [method for method in value if method.startswith("client_secret")]
    assert metadata["code_challenge_methods_supported"] == ["S256"]
    assert metadata["response_types_supported"] == ["code"]
    assert metadata["authorization_response_iss_parameter_supported"] is True


def test_claims_and_scopes_advertised_are_those_served(
    app: App, alice: Person, metadata: dict[str, Any]
) -> None:
    from heart_uma.jose import peek

    query = app.query(scope="openid profile email")
    page = alice.follow(alice.sign_in(alice.follow(alice.get("/authorize", **query))))
    answer = alice.press(page, "/authorize/", decision="allow", scope="email")
    tokens = app.redeem(app.answer_of(answer)["code"]).json
    assert set(peek(tokens["id_token"])[1]) == set(metadata["claims_supported"])
    bearer = {"Authorization": f"Bearer {tokens['access_token']}"}
    userinfo = app.wire.get("/userinfo", headers=bearer).json
    assert userinfo["email"] == "alice@example.org"
    assert set(userinfo) <= set(metadata["claims_supported"])
    assert set(tokens["scope"].split()) <= set(metadata["scopes_supported"])


@pytest.mark.spec("HO-87")
def test_keys_are_public_and_named(as_app: AsServer, app: App, alice: Person) -> None:
    from heart_uma.jose import peek

    answer = as_app.test_client().get("/jwks")
    for key in answer.json["keys"]:
        assert {"kid", "kty", "alg", "use"} <= set(key)
        assert not {"d", "p", "q", "dp", "dq", "qi", "k"} & set(key)
    header, _ = peek(app.tokens(alice, "openid")["access_token"])
    assert header["kid"] in [key["kid"] for key in answer.json["keys"]]


def test_the_openapi_document_lists_exactly_the_routes(as_app: AsServer) -> None:
    table = {(route.method, route.written) for route in ROUTES}
    assert len(table) == len(ROUTES)
    routes = set()
    for rule in as_app.url_map.iter_rules():
        if rule.endpoint.startswith("heart_ui.") or "unsupported" in rule.endpoint:
            continue
        path = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule)
        routes |= {(method, path) for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}}
    assert table == routes
    document = as_app.test_client().get("/openapi.json").json
    assert document["openapi"] == "3.1.0"
    listed = {(m.upper(), path) for path, methods in document["paths"].items() for m in methods}
    assert listed == table


def test_operations_without_a_token_are_refused_as_documented(as_app: AsServer) -> None:
    for operation in ROUTES:
        if operation.needs is None:
            continue
        path = re.sub(r"{\w+}", "x" * 22, operation.written)
        sent = {"data": {"grant_type": "refresh_token", "refresh_token": "x", "token": "x"}}
        if not isinstance(operation.takes, Form):
            sent = {"json": {}} if operation.takes else {}
        answer = as_app.test_client().open(path, method=operation.method, **sent)
        assert answer.status_code == 401, (operation, answer.text)
        assert answer.status_code in operation.refuses, operation
        assert answer.mimetype == "application/json"


def test_every_parameter_and_every_member_of_a_body_has_a_type(as_app: AsServer) -> None:
    document = as_app.test_client().get("/openapi.json").json
    operations = [each for methods in document["paths"].values() for each in methods.values()]
    schemas = [p["schema"] for each in operations for p in each["parameters"]]
    for each in operations:
        for body in each.get("requestBody", {"content": {}})["content"].values():
            assert body["schema"]["type"] == "object"
            schemas += body["schema"]["properties"].values()
    assert len(schemas) > 100
    assert [one for one in schemas if not {"type", "anyOf", "enum", "const"} & set(one)] == []


def test_bodies_are_described_by_the_members_that_are_read(app: App) -> None:
    members = set(SharingPolicyBody.model_fields)
    assert members == set(SharingPolicy.__dataclass_fields__)
    assert set(ResourceDescription.model_fields) == {"resource_scopes", *TEXT_MEMBERS}
    kept = app.wire.post("/register", json=app.registration()).json
    issued = {"client_id", "client_id_issued_at"}
    assert set(kept) - issued <= set(ClientRegistration.model_fields)


def test_a_body_of_our_own_interface_names_what_is_wrong(uma: Uma) -> None:
    for body, told in (
        ({"policy": 5}, "policy: "),
        ({"party": {"anyone": True}, "without": 5}, "without: "),
        ({"party": {"anyone": True}, "secret-name": 1}, "a member that is not known here."),
    ):
        answer = uma.owner_call("POST", "/policy/preview", body)
        assert (answer.status_code, answer.json["error"]) == (400, "invalid_request")
        assert told in answer.json["error_description"] and "secret" not in answer.text


def test_health_answers(as_app: AsServer) -> None:
    client = as_app.test_client()
    assert client.get("/healthz").json == {"status": "ok"}
    assert client.get("/readyz").status_code == 200
    assert client.get("/metrics").status_code == 404


def test_ready_says_when_the_database_is_gone(
    as_app: AsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    from as_server.db import make_engine

    assert as_app.test_client().get("/readyz").status_code == 200
    monkeypatch.setattr(as_app, "engine", make_engine("sqlite:////nonexistent/folder/as.db"))
    probes.forget(as_app, "database")
    answer = as_app.test_client().get("/readyz")
    assert answer.status_code == 503
    assert "nonexistent" not in answer.text


def test_figures_are_served_when_switched_on(
    as_settings: Any, clock: Any, server_keys: Any
) -> None:
    from as_server.app import create_app

    measured = as_settings.model_copy(update={"metrics": True})
    answer = create_app(measured, clock=clock, key_set=server_keys).test_client().get("/metrics")
    assert answer.status_code == 200
    assert "python_info" in answer.text
