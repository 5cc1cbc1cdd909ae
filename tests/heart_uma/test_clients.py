"""The HTTP clients against peers that lie, fail or answer (G-128..143, G-192, HC-22, RFC 9207)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from heart_ground.oauth_client import OAuthClient
from heart_uma import authorization_request, oidc_client, uma_client
from heart_uma.errors import UmaError
from heart_uma.jose import KeySet, sign
from heart_uma.metadata import AsMetadata, discover
from heart_uma.outcomes import (
    NOTHING_SAID,
    GrantRefused,
    NeedInfo,
    RequestDenied,
    RequestSubmitted,
    RptIssued,
    Said,
)
from heart_uma.tokens import Tokens

ISSUER = "https://as.example"
NOW = datetime(2026, 1, 2, tzinfo=UTC)
SECONDS = int(NOW.timestamp())
AS_KEYS = KeySet.generate()
CLIENT = OAuthClient("c1", KeySet.generate("ES256").signing_key, lambda: NOW)
METADATA = AsMetadata(
    ISSUER,
    {
        "issuer": ISSUER,
        "token_endpoint": f"{ISSUER}/token",
        "authorization_endpoint": f"{ISSUER}/authorize",
        "jwks_uri": f"{ISSUER}/jwks",
    },
)


def peer(answer: Callable[[httpx.Request], httpx.Response]) -> httpx.Client:
    return httpx.Client(transport=httpx.MockTransport(answer))


def begun(metadata: AsMetadata) -> tuple[str, authorization_request.LoginState]:
    address = CLIENT.authorization_address
    back = "https://c.example/cb"
    return authorization_request.start(metadata, "c1", back, "openid", address=address)


def trade(status: int, body: Any) -> Any:
    http = peer(lambda request: httpx.Response(status, json=body))
    return uma_client.trade(http, METADATA, CLIENT, "t1", claim_token="x")


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (
            200,
            {"access_token": "a", "token_type": "Bearer", "expires_in": 300, "x": 1},
            RptIssued("a", 300),
        ),
        (403, {"error": "request_denied"}, RequestDenied()),
        (403, {"error": "request_submitted", "ticket": "t2"}, RequestSubmitted("t2", 5)),
        (
            403,
            {"error": "request_submitted", "ticket": "t2", "interval": 30},
            RequestSubmitted("t2", 30),
        ),
        (403, {"error": "need_info", "ticket": "t2", "redirect_user": "https://as/x"}, None),
        (400, {"error": "invalid_grant"}, GrantRefused("invalid_grant", 400)),
        (401, {"error": "invalid_client"}, GrantRefused("invalid_client", 401)),
    ],
)
def test_outcomes(status: int, body: dict[str, Any], expected: Any) -> None:
    outcome = trade(status, body)
    if expected is None:
        assert isinstance(outcome, NeedInfo)
        assert outcome.redirect_user == "https://as/x"
    else:
        assert outcome == expected


@pytest.mark.spec("G-192")
@pytest.mark.parametrize("error", ["need_info", "request_submitted"])
def test_a_ticket_that_comes_back_unchanged_stops_the_client(error: str) -> None:
    with pytest.raises(UmaError, match="no new ticket"):
        trade(403, {"error": error, "ticket": "t1"})


@pytest.mark.spec("G-111")
def test_upgraded_is_a_boolean_or_nothing() -> None:
    body = {"access_token": "a", "token_type": "bearer", "upgraded": "true"}
    assert trade(200, body).upgraded is False


@pytest.mark.parametrize("body", [[], "x", {"access_token": 7, "token_type": "Bearer"}, {}])
def test_a_broken_success_is_no_success(body: Any) -> None:
    with pytest.raises(UmaError):
        trade(200, body)


@pytest.mark.spec("G-14")
@pytest.mark.parametrize(
    "document",
    [
        {"issuer": ISSUER + "/"},
        {"issuer": "https://evil.example"},
        {"issuer": ISSUER, "token_endpoint": "http://127.0.0.1:22/"},
        {"issuer": ISSUER, "jwks_uri": "https://localhost/jwks"},
        [],
    ],
)
def test_metadata_that_speaks_for_another_or_points_inside_is_refused(document: Any) -> None:
    with pytest.raises(UmaError):
        discover(peer(lambda request: httpx.Response(200, json=document)), ISSUER)


def test_an_as_that_is_down_is_unreachable() -> None:
    def down(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("no")

    with pytest.raises(UmaError) as caught:
        discover(peer(down), ISSUER)
    assert caught.value.code == "unreachable"


def _grant(http: httpx.Client) -> Any:
    return uma_client.trade(http, METADATA, CLIENT, "t1", claim_token="x")


def _refresh(http: httpx.Client) -> Any:
    return uma_client.refresh_rpt(http, METADATA, CLIENT, "r1")


def _sign_in(http: httpx.Client) -> Any:
    return oidc_client.refresh(http, METADATA, CLIENT, AS_KEYS, "r1")


@pytest.mark.parametrize("call", [_grant, _refresh, _sign_in])
@pytest.mark.parametrize("body", [b"", b"<html>", b"{}", b'{"error": "temporarily_unavailable"}'])
@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_server_in_trouble_refused_nothing(call: Any, body: bytes, status: int) -> None:
    """A proxy's page or an empty 503 is no answer of the server: rights have not ended."""
    with pytest.raises(UmaError) as caught:
        call(peer(lambda request: httpx.Response(status, content=body)))
    assert (caught.value.code, caught.value.status) == ("unreachable", status)


def login(claims: dict[str, Any], redirect: dict[str, str]) -> Any:
    url, state = begun(METADATA)
    query = httpx.URL(url).params
    assert query["code_challenge_method"] == "S256"
    assert len(query["state"]) >= 22
    sent: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        plain = {
            "iss": ISSUER,
            "sub": "s",
            "aud": ["c1"],
            "iat": SECONDS,
            "exp": SECONDS + 300,
            "nonce": state.nonce,
        }
        token = sign("id_token", {**plain, **claims}, AS_KEYS)
        body = {"access_token": "a", "token_type": "Bearer", "id_token": token}
        return httpx.Response(200, json=body)

    keys = KeySet.from_jwks(AS_KEYS.public_jwks())
    back = {"code": "c", "state": state.state, "iss": ISSUER, **redirect}
    try:
        return oidc_client.finish(peer(answer), METADATA, CLIENT, keys, state, back), sent
    except UmaError as error:
        return error, sent


def test_a_login() -> None:
    tokens, sent = login({}, {})
    assert tokens.claims["sub"] == "s"
    assert b"code_verifier=" in sent[0].content


@pytest.mark.attack("AZ-22")
@pytest.mark.spec("HC-23")
@pytest.mark.parametrize(
    "claims",
    [
        {"nonce": "other"},
        {"nonce": None},
        {"aud": ["c2"]},
        {"aud": ["c1", "c2"], "azp": "c2"},
        {"iss": "https://evil.example"},
        {"exp": SECONDS - 1},
        {"sub": ""},
        {"sub": 7},
    ],
)
def test_an_id_token_that_does_not_fit_is_refused(claims: dict[str, Any]) -> None:
    assert isinstance(login(claims, {})[0], UmaError)


@pytest.mark.attack("AZ-23")
@pytest.mark.attack("AZ-25")
@pytest.mark.parametrize("redirect", [{"iss": "https://evil.example"}, {"iss": ""}, {"state": "x"}])
def test_a_foreign_answer_sends_no_token_request(redirect: dict[str, str]) -> None:
    error, sent = login({}, redirect)
    assert isinstance(error, UmaError)
    assert sent == []


def finished(metadata: dict[str, Any], answer: dict[str, str], **claims: Any) -> Any:
    known = AsMetadata(ISSUER, {**METADATA.document, **metadata})
    _, state = begun(known)
    plain = {"iss": ISSUER, "sub": "s", "aud": "c1", "iat": SECONDS, "nonce": state.nonce}
    token = sign("id_token", {**plain, "exp": SECONDS + 300, **claims}, AS_KEYS)
    body = {"access_token": "a", "token_type": "Bearer", "id_token": token}
    http = peer(lambda _: httpx.Response(200, json=body))
    try:
        back = {"code": "c", "state": state.state, **answer}
        return oidc_client.finish(http, known, CLIENT, AS_KEYS, state, back)
    except UmaError as error:
        return error


ANNOUNCED = {"authorization_response_iss_parameter_supported": True}


@pytest.mark.fault("1.27")
@pytest.mark.parametrize(
    ("metadata", "answer", "taken"),
    [
        ({}, {}, True),
        ({}, {"iss": ISSUER}, True),
        ({}, {"iss": "https://evil.example"}, False),
        ({}, {"iss": ""}, False),
        (ANNOUNCED, {}, False),
        (ANNOUNCED, {"iss": ISSUER}, True),
        (ANNOUNCED, {"iss": "https://evil.example"}, False),
    ],
)
def test_iss_is_needed_of_those_who_announce_it(
    metadata: dict[str, Any], answer: dict[str, str], taken: bool
) -> None:
    """RFC 9207 2.4."""
    assert isinstance(finished(metadata, answer), Tokens) is taken


@pytest.mark.fault("1.27")
def test_an_id_token_may_live_for_hours_and_has_to_end() -> None:
    long = finished({}, {}, exp=SECONDS + 10 * 3600)
    assert isinstance(long, Tokens)
    assert isinstance(finished({}, {}, exp=SECONDS), UmaError)


@pytest.mark.parametrize(
    ("member", "said"),
    [
        ({"state": "answered", "answer": "no", "reason": "Not  now\n"}, ("no", "Not now", ())),
        (
            {"state": "answered", "answer": "some", "kinds": ["vitals", "x", 5]},
            ("some", "", ("vitals",)),
        ),
        ({"state": "answered", "answer": "perhaps", "reason": ["x"]}, ("", "", ())),
        (
            {"state": "answered", "answer": "no", "reason": "\u202e" + "x" * 500},
            ("no", "x" * 280, ()),
        ),
    ],
)
def test_what_became_of_a_request_is_read_with_care(member: Any, said: Any) -> None:
    outcome = trade(403, {"error": "request_denied", "heart_uma_request": member})
    assert isinstance(outcome, RequestDenied)
    assert (outcome.said.answer, outcome.said.reason, outcome.said.kinds) == said


@pytest.mark.parametrize("member", [None, "no", ["no"], {"state": 5, "until": "soon"}, {}])
def test_what_says_nothing_of_a_request_is_nothing(member: Any) -> None:
    outcome = trade(403, {"error": "request_denied", "heart_uma_request": member})
    assert outcome == RequestDenied(NOTHING_SAID) and outcome.said == Said()
