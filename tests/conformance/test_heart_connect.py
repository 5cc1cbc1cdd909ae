"""The HEART profile of OpenID Connect: ID tokens and UserInfo (HC)."""

from __future__ import annotations

import pytest

from heart_uma.jose import KeySet, decode_jwt, peek
from tests.conformance.server import Person, Server
from tests.wire import Stranger


@pytest.mark.spec("HC-8", "HC-10", "HC-12", "HC-13", "HC-15", "HC-16", "HC-18", "HC-21")
def test_an_id_token_holds_what_it_must_and_no_more(
    server: Server, app: Stranger, alice: Person
) -> None:
    body = app.redeem(alice.code(app, scope="openid")).json()
    keys = KeySet.from_jwks(app.http.get(app.metadata["jwks_uri"]).json())
    claims = decode_jwt(
        "id_token",
        body["id_token"],
        keys,
        issuer=server.issuer,
        audience=app.client_id,
        now=server.clock(),
    )
    assert claims["aud"] == [app.client_id]
    assert claims["nonce"] == app.nonce
    assert isinstance(claims["exp"], int)
    assert 0 < claims["exp"] - claims["iat"] <= 300
    assert claims["jti"]
    assert not {"name", "email", "role", "birthdate"} & set(claims)


@pytest.mark.spec("HC-14")
def test_a_subject_is_stable_and_of_one_client(
    server: Server, app: Stranger, alice: Person
) -> None:
    other = server.app()
    other.register()
    subjects = [
        peek(str(alice.tokens(client, "openid")["id_token"]))[1]["sub"]
        for client in (app, app, other)
    ]
    assert subjects[0] == subjects[1] != subjects[2]


@pytest.mark.spec("HC-24", "HC-28", "HC-41")
def test_userinfo_says_what_was_asked_for(app: Stranger, alice: Person) -> None:
    tokens = alice.tokens(app, "openid")
    headers = {"Authorization": f"Bearer {tokens['access_token']}"}
    found = app.http.get(app.metadata["userinfo_endpoint"], headers=headers).json()
    assert found == {"sub": peek(str(tokens["id_token"]))[1]["sub"]}
    tokens = alice.tokens(app, "openid profile")
    headers = {"Authorization": f"Bearer {tokens['access_token']}"}
    found = app.http.get(app.metadata["userinfo_endpoint"], headers=headers).json()
    assert set(found) == {"sub", "name"}


@pytest.mark.spec("HC-37")
def test_the_keys_are_a_public_jwk_set(app: Stranger) -> None:
    for key in app.http.get(app.metadata["jwks_uri"]).json()["keys"]:
        assert {"kid", "kty", "alg", "use"} <= set(key)
        assert not {"d", "p", "q", "dp", "dq", "qi", "k"} & set(key)
