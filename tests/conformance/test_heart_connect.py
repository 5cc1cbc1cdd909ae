"""The HEART profile of OpenID Connect: ID tokens and UserInfo (HC)."""

from __future__ import annotations

import pytest

from as_server.context import AsServer
from heart_uma.jose import KeySet, decode_jwt, peek
from tests.as_server.person import App, Person
from tests.conftest import Clock

ISSUER = "http://localhost:8400"


@pytest.mark.spec("HC-8", "HC-10", "HC-12", "HC-13", "HC-15", "HC-16", "HC-18", "HC-21")
def test_an_id_token_holds_what_it_must_and_no_more(app: App, alice: Person, clock: Clock) -> None:
    query = app.query(scope="openid")
    answer = alice.walk("/authorize", query)
    body = app.redeem(app.answer_of(answer)["code"]).json
    keys = KeySet.from_jwks(app.wire.get("/jwks").json)
    claims = decode_jwt(
        "id_token", body["id_token"], keys, issuer=ISSUER, audience=app.client_id, now=clock()
    )
    assert claims["aud"] == [app.client_id]
    assert claims["nonce"] == query["nonce"]
    assert isinstance(claims["exp"], int)
    assert 0 < claims["exp"] - claims["iat"] <= 300
    assert claims["jti"]
    assert not {"name", "email", "role", "birthdate"} & set(claims)


@pytest.mark.spec("HC-14")
def test_a_subject_is_stable_and_of_one_client(
    as_app: AsServer, app: App, alice: Person, clock: Clock
) -> None:
    other = App(as_app, clock, 1).register()
    subjects = [
        peek(client.tokens(alice, "openid")["id_token"])[1]["sub"] for client in (app, app, other)
    ]
    assert subjects[0] == subjects[1] != subjects[2]


@pytest.mark.spec("HC-24", "HC-28", "HC-41")
def test_userinfo_says_what_was_asked_for(app: App, alice: Person) -> None:
    tokens = app.tokens(alice, "openid")
    headers = {"Authorization": f"Bearer {tokens['access_token']}"}
    found = app.wire.get("/userinfo", headers=headers).json
    assert found == {"sub": peek(tokens["id_token"])[1]["sub"]}
    tokens = app.tokens(alice, "openid profile")
    headers = {"Authorization": f"Bearer {tokens['access_token']}"}
    assert set(app.wire.get("/userinfo", headers=headers).json) == {"sub", "name"}


@pytest.mark.spec("HC-37")
def test_the_keys_are_a_public_jwk_set(as_app: AsServer) -> None:
    for key in as_app.test_client().get("/jwks").json["keys"]:
        assert {"kid", "kty", "alg", "use"} <= set(key)
        assert not {"d", "p", "q", "dp", "dq", "qi", "k"} & set(key)
