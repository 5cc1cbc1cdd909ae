"""Authlib carries our requests: what it sends, and that it sends it through our client."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from authlib.oauth2.rfc7523 import PrivateKeyJWT
from authlib.oauth2.rfc7636 import create_s256_code_challenge

from heart_ground.database import writing
from heart_ground.durable.holding import WaitsInsideTransaction
from heart_ground.engines import make_engine
from heart_ground.oauth_client import LIFE, OAuthClient
from heart_ground.transport import guarded
from heart_uma.client_auth import ASSERTION_TYPE
from heart_uma.jose import KeySet, decode_jwt, peek

ISSUER = "https://as.example"
TOKEN = f"{ISSUER}/token"
NOW = datetime(2026, 1, 2, tzinfo=UTC)
KEYS = KeySet.generate("ES256")
FORM = {
    "grant_type": "urn:ietf:params:oauth:grant-type:uma-ticket",
    "ticket": "t/1+2=",
    "reason": "Für Änne & «co», 100%\nnext line; \N{SNOWMAN}",
    "scope": "a b",
}


class Peer:
    """A server that keeps what it is sent."""

    def __init__(self) -> None:
        self.sent: list[httpx.Request] = []
        self.answer = httpx.Response(403, json={"error": "need_info", "ticket": "t2"})
        self.http = httpx.Client(transport=httpx.MockTransport(self._take))

    def _take(self, request: httpx.Request) -> httpx.Response:
        self.sent.append(request)
        return self.answer

    def form(self) -> dict[str, str]:
        told = parse_qs(self.sent[-1].content.decode(), strict_parsing=True)
        return {name: value for name, [value] in told.items()}


def client(clock: Callable[[], datetime] = lambda: NOW) -> OAuthClient:
    return OAuthClient("c1", KEYS.signing_key, clock)


def test_a_request_says_what_it_was_given_and_who_asks() -> None:
    peer = Peer()
    client().token_answer(peer.http, TOKEN, ISSUER, FORM)
    form = peer.form()
    assert form.pop("client_assertion")
    assert form == FORM | {"client_id": "c1", "client_assertion_type": ASSERTION_TYPE}
    headers = peer.sent[0].headers
    assert {name: headers[name] for name in ("accept", "content-type", "host")} == {
        "accept": "application/json",
        "content-type": "application/x-www-form-urlencoded",
        "host": "as.example",
    }
    assert int(peer.sent[0].headers["content-length"]) == len(peer.sent[0].content)
    assert "authorization" not in peer.sent[0].headers


def test_each_assertion_is_for_the_issuer_short_and_new() -> None:
    """Left alone Authlib makes them for the endpoint, for an hour, and reuses `jti`."""
    peer, one = Peer(), client()
    seen = set()
    for _ in range(3):
        one.token_answer(peer.http, TOKEN, ISSUER, FORM)
        token = peer.form()["client_assertion"]
        claims = decode_jwt(
            "client_assertion", token, KEYS, issuer="c1", audience=ISSUER, now=NOW, max_life=LIFE
        )
        assert (claims["sub"], claims["exp"] - claims["iat"]) == ("c1", LIFE)
        assert peek(token)[0] == {"alg": "ES256", "typ": "JWT", "kid": KEYS.signing_key.kid}
        seen.add(claims["jti"])
    assert len(seen) == 3


def test_the_clock_of_an_assertion_is_the_clients() -> None:
    peer, late = Peer(), NOW + timedelta(days=400)
    client(lambda: late).token_answer(peer.http, TOKEN, ISSUER, FORM)
    assert peek(peer.form()["client_assertion"])[1]["iat"] == int(late.timestamp())


def test_the_trap_of_authlib_is_still_there() -> None:
    """When this fails, the row on assertions in docs/explanation/authlib.md can be shortened."""
    proof = PrivateKeyJWT(ISSUER, claims={"x": 1}, headers={"kid": "k"}, alg="ES256")

    class Asks:
        client_id, client_secret = "c1", KEYS.signing_key.material

    claims = [peek(proof.sign(Asks, ISSUER))[1] for _ in range(2)]
    assert claims[0]["jti"] == claims[1]["jti"]
    assert claims[0]["exp"] - claims[0]["iat"] == 3600


def test_the_answer_comes_as_it_is() -> None:
    """Authlib would read it leniently, and drop all but two members of an error (RFC 6749 5.2)."""
    peer = Peer()
    for status, body in ((200, b'{"access_token": "a", "access_token": "b"}'), (503, b"<html>")):
        peer.answer = httpx.Response(status, content=body)
        got = client().token_answer(peer.http, TOKEN, ISSUER, FORM)
        assert (got.status_code, got.content) == (status, body)


def test_a_token_is_given_back() -> None:
    peer = Peer()
    client().revocation_answer(peer.http, f"{ISSUER}/revoke", ISSUER, "r&1", "refresh_token")
    form = peer.form()
    assert form.pop("client_assertion")
    assert form == {
        "token": "r&1",
        "token_type_hint": "refresh_token",
        "client_id": "c1",
        "client_assertion_type": ASSERTION_TYPE,
    }


def test_the_address_is_the_code_flow_with_s256() -> None:
    asked = {"client_id": "c1", "redirect_uri": "https://c.example/cb?x=1", "scope": "openid a",
             "state": "s", "nonce": "n", "prompt": "login"}  # fmt: skip
    address = client().authorization_address(f"{ISSUER}/authorize?tenant=1", asked, "v" * 64)
    query = parse_qs(urlsplit(address).query)
    assert query["code_challenge"] == [create_s256_code_challenge("v" * 64)]
    assert query["tenant"] == ["1"] and query["code_challenge_method"] == ["S256"]
    assert query["response_type"] == ["code"]
    assert {name: [value] for name, value in asked.items()}.items() <= query.items()


def test_deadline_and_bound_go_with_the_request() -> None:
    peer = Peer()
    peer.http.timeout = httpx.Timeout(1.5)
    client().token_answer(peer.http, TOKEN, ISSUER, FORM)
    assert peer.sent[0].extensions["timeout"]["read"] == 1.5


def test_no_request_goes_out_inside_a_transaction() -> None:
    peer = Peer()
    guarded(peer.http)
    with writing(make_engine("sqlite://")), pytest.raises(WaitsInsideTransaction):
        client().token_answer(peer.http, TOKEN, ISSUER, FORM)
    assert not peer.sent
