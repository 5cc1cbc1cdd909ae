"""Key sets of others: keys that are nothing to us spoil nothing (RFC 7517 4, 5)."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from heart_uma.errors import UmaError
from heart_uma.jose import JoseError, KeySet
from heart_uma.metadata import AsMetadata
from heart_uma.published_keys import fetch_keys
from tests.as_server.person import App
from tests.as_server.test_wiring import Remote, authenticates, remote, remote_app

__all__ = ["remote", "remote_app"]

GOOD = KeySet.generate("ES256").public_jwks()["keys"][0]
RSA = KeySet.generate("RS256").public_jwks()["keys"][0]
FOREIGN: dict[str, dict[str, Any]] = {
    "for encryption": {**RSA, "kid": "e", "use": "enc", "alg": "RSA-OAEP"},
    "for encryption, no alg": {**{k: v for k, v in RSA.items() if k != "alg"}, "use": "enc"},
    "a type of tomorrow": {"kty": "AKP", "kid": "q", "alg": "ML-DSA-44", "pub": "AAAA"},
    "an Edwards curve": {"kty": "OKP", "kid": "o", "crv": "Ed25519", "x": "A" * 43},
    "another curve": {"kty": "EC", "kid": "5", "crv": "P-521", "x": "A" * 88, "y": "A" * 88},
    "another algorithm": {**RSA, "kid": "512", "alg": "RS512"},
    "other operations": {**RSA, "kid": "ops", "key_ops": ["encrypt", "wrapKey"]},
    "odd operations": {**RSA, "kid": "odd", "key_ops": ["connect"]},
    "a member missing": {"kty": "EC", "kid": "m", "crv": "P-256"},
    "too short": {"kty": "RSA", "kid": "s", "e": "AQAB", "n": "r" * 171},
    "no type": {"kid": "n"},
    "a number as its name": {**RSA, "kid": 7},
}
PRIVATE = KeySet.generate("ES256").keys[0].material.as_dict(private=True)
BAD: dict[str, Any] = {
    "private": {"keys": [GOOD, PRIVATE]},
    "private, for encryption": {"keys": [GOOD, {**PRIVATE, "use": "enc"}]},
    "symmetric": {"keys": [GOOD, {"kty": "oct", "k": "c2VjcmV0c2VjcmV0"}]},
    "of tomorrow, private": {"keys": [GOOD, {"kty": "AKP", "pub": "AAAA", "priv": "AAAA"}]},
    "nothing usable": {"keys": list(FOREIGN.values())},
    "no object": {"keys": [GOOD, "x"]},
}


@pytest.mark.fault("1.3")
@pytest.mark.parametrize("name", FOREIGN)
def test_an_unknown_key_in_the_set_of_another_server_is_passed_over(name: str) -> None:
    assert [key.kid for key in _fetched({"keys": [FOREIGN[name], GOOD]}).keys] == [GOOD["kid"]]


@pytest.mark.fault("1.3")
def test_unknown_keys_of_a_client_are_passed_over(
    app: App, remote: Remote, remote_app: App
) -> None:
    own = app.keys.public_jwks()["keys"]
    jwks = {"keys": [*FOREIGN.values(), *own]}
    registered = app.wire.post("/register", json=app.registration(jwks=jwks))
    assert registered.status_code == 201, registered.text
    assert [key["kid"] for key in registered.json["jwks"]["keys"]] == [own[0]["kid"]]
    remote.answer = httpx.Response(200, json=jwks)
    assert authenticates(remote_app)


def _fetched(jwks: Any) -> KeySet:
    http = httpx.Client(transport=httpx.MockTransport(lambda _: httpx.Response(200, json=jwks)))
    try:
        return fetch_keys(http, AsMetadata("https://a", {"jwks_uri": "https://a/jwks"}))
    except UmaError:
        raise AssertionError("the key set is refused") from None


def test_a_set_without_a_usable_key_or_with_a_secret_is_refused(app: App) -> None:
    for jwks in BAD.values():
        with pytest.raises(JoseError):
            KeySet.from_jwks(jwks)
        answer = app.wire.post("/register", json=app.registration(jwks=jwks))
        assert answer.json["error"] == "invalid_client_metadata"


@pytest.mark.fault("1.3")
def test_one_name_for_keys_of_two_types_is_fine_and_for_two_equal_ones_is_none() -> None:
    twins = [{**GOOD, "kid": "k"}, {**RSA, "kid": "k"}]
    found = _fetched({"keys": twins})
    assert found.find("k", "ES256") is not found.find("k", "RS256")
    other = KeySet.generate("RS256").public_jwks()["keys"][0]
    shared = [GOOD, {**RSA, "kid": "k"}, {**other, "kid": "k"}]
    assert [key.kid for key in _fetched({"keys": shared}).keys] == [GOOD["kid"]]


@pytest.mark.fault("1.3")
def test_a_key_that_names_no_algorithm_is_good_for_all_of_its_type(app: App) -> None:
    keys = KeySet.generate("PS256")
    jwk = {k: v for k, v in keys.public_jwks()["keys"][0].items() if k != "alg"}
    app.register(jwks={"keys": [jwk]})
    form = {"grant_type": "refresh_token", "refresh_token": "x", **app.proof(keys)}
    assert app.wire.post("/token", data=form).json["error"] == "invalid_grant"
