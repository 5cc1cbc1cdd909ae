"""Nothing that opens anything leaves a service: not whole, and not in another corner."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from demo.capture.redaction import Redaction
from heart_uma.jose import KeySet, sign
from tests.demo.capture.heard import ISSUER, heard_sent, heard_wsgi, redaction

CANARY = "CANARYcanaryCANARYcanaryCANARYcanary0123456"
KEYS = KeySet.generate("ES256")
Answer = Callable[..., Any]


def answering(body: str, kind: str, *headers: tuple[str, str]) -> Answer:
    def application(environ: dict[str, Any], start: Answer) -> list[bytes]:
        environ["wsgi.input"].read()
        start("200 OK", [("Content-Type", kind), *headers])
        return [body.encode()]

    return application


def shown(application: Answer, call: Callable[[httpx.Client], object]) -> str:
    (exchange,) = heard_wsgi(application, call)
    return json.dumps(redaction().shown(exchange), ensure_ascii=False)


ASKED: dict[str, Callable[[httpx.Client], object]] = {
    "bearer": lambda c: c.get("/x", headers={"Authorization": f"Bearer {CANARY}"}),
    "basic": lambda c: c.get("/x", headers={"Authorization": f"Basic {CANARY}"}),
    "cookie": lambda c: c.get("/x", headers={"Cookie": f"heart_rs={CANARY}"}),
    "another header": lambda c: c.get("/x", headers={"X-Api-Key": CANARY}),
    "password": lambda c: c.post("/login", data={"username": "a", "password": CANARY}),
    "form of a page": lambda c: c.post("/share", data={"words": CANARY, "csrf_token": CANARY}),
    "ticket": lambda c: c.post("/token", data={"ticket": CANARY, "grant_type": "x"}),
    "refresh token": lambda c: c.post("/token", data={"refresh_token": CANARY}),
    "code": lambda c: c.get(f"/login/return?code={CANARY}&state={CANARY}&iss=x"),
    "unknown of a query": lambda c: c.get(f"/x?session={CANARY}"),
    "passcode of a query": lambda c: c.get(f"/x?passcode={CANARY}"),
    "handle of a path": lambda c: c.get(f"/invitations/{CANARY}/open"),
    "code of json": lambda c: c.post("/x", json={"code": CANARY, "passcode": [CANARY]}),
    "waiting sign-in": lambda c: c.get(f"/authorize/{CANARY}"),
    "user info": lambda c: c.get(f"http://user:{CANARY}@localhost:8401/x"),
    "json": lambda c: c.post("/x", json={"a": [{"access_token": CANARY, "password": CANARY}]}),
    "plain text": lambda c: c.post("/x", content=CANARY, headers={"Content-Type": "text/plain"}),
    "broken json": lambda c: c.post(
        "/x", content=f'{{"a": "{CANARY}', headers={"Content-Type": "application/json"}
    ),
    "event": lambda c: c.post(
        "/x", content=CANARY, headers={"Content-Type": "application/secevent+jwt"}
    ),
}


@pytest.mark.parametrize("how", ASKED)
def test_no_secret_of_a_request_leaves(how: str) -> None:
    assert CANARY not in shown(answering("{}", "application/json"), ASKED[how])


@pytest.mark.parametrize(
    ("body", "kind", "headers"),
    [
        (json.dumps({"access_token": CANARY, "id_token": CANARY}), "application/json", []),
        (json.dumps({"error": "need_info", "ticket": CANARY}), "application/json", []),
        (
            json.dumps({"extension": [{"url": "ticket", "valueString": CANARY}]}),
            "application/fhir+json",
            [("WWW-Authenticate", f'UMA realm="x", as_uri="y", ticket="{CANARY}"')],
        ),
        (f"<p>{CANARY}</p>", "text/html; charset=utf-8", [("Set-Cookie", f"a={CANARY}")]),
        ("", "text/plain", [("Location", f"http://localhost:8403/back?code={CANARY}#{CANARY}")]),
    ],
)
def test_no_secret_of_an_answer_leaves(body: str, kind: str, headers: list[Any]) -> None:
    assert CANARY not in shown(answering(body, kind, *headers), lambda c: c.get("/x"))


def test_what_is_short_is_left_out_by_its_name() -> None:
    for call in (
        lambda c: c.get("/x?passcode=Zq-91"),
        lambda c: c.post("/x", data={"passcode": "Zq-91"}),
        lambda c: c.post("/x", json={"passcode": ["Zq-91"], "pin": "Zq-91"}),
    ):
        assert "Zq-91" not in shown(answering("{}", "application/json"), call)


def test_addresses_that_anybody_knows_stay_whole() -> None:
    for path in (
        "/.well-known/oauth-authorization-server",
        "/fhir/r/abcDEF0123456789abcDEF/Patient",
    ):
        assert path in shown(answering("{}", "application/json"), lambda c, p=path: c.get(p))


def test_what_is_sent_is_cut_too() -> None:
    (exchange,) = heard_sent(
        lambda _: httpx.Response(200, json={"refresh_token": CANARY}),
        lambda c: c.post("http://localhost:8400/token", data={"code": CANARY}),
    )
    message = redaction().shown(exchange)
    assert CANARY not in json.dumps(message)
    assert message["question"]["text"] == "code=CANARYca…3456"
    assert [one["kind"] for one in message["tokens"].values()] == ["code"]
    assert '"refresh_token": "CANARYca…3456"' in message["answer"]["text"]


def test_the_same_token_has_the_same_chip_and_another_salt_another() -> None:
    def chip(salt: str) -> str:
        (exchange,) = heard_sent(
            lambda _: httpx.Response(200), lambda c: c.post("http://x/", data={"ticket": CANARY})
        )
        (token,) = Redaction(ISSUER, salt, redaction().keys).shown(exchange)["tokens"].values()
        return str(token["chip"])

    assert chip("one") == chip("one") != chip("two")


class Published:
    def holding(self, kid: str) -> KeySet:
        return KEYS


@pytest.mark.parametrize(
    ("claims", "keys", "words"),
    [
        ({"iss": ISSUER, "exp": 60}, KEYS, "Signature checked with the published key"),
        ({"iss": ISSUER, "exp": -60}, KEYS, "but exp has passed"),
        ({"iss": "somebody", "exp": 60}, KEYS, "Not checked"),
        ({"iss": ISSUER, "exp": 60}, KeySet.generate("ES256"), "Not confirmed"),
    ],
)
def test_a_signed_token_says_what_it_says_and_who_signed_it(
    claims: dict[str, Any], keys: KeySet, words: str
) -> None:
    now = int(datetime.now(UTC).timestamp())
    token = sign("access_token", {**claims, "exp": now + claims["exp"], "iat": now - 90}, keys)
    (exchange,) = heard_sent(
        lambda _: httpx.Response(200),
        lambda c: c.get("http://x/", headers={"Authorization": f"Bearer {token}"}),
    )
    message = Redaction(ISSUER, "salt", Published()).shown(exchange)
    ((shown_as, about),) = message["tokens"].items()
    assert shown_as == f"{token[:8]}…{token[-4:]}"
    assert (about["claims"]["iss"], about["header"]["alg"]) == (claims["iss"], "ES256")
    assert words in about["signature"]
    assert token not in json.dumps(message)


def test_a_long_answer_is_cut_in_size() -> None:
    bundle = {"resourceType": "Bundle", "entry": [{"resource": {"id": str(n)}} for n in range(9)]}
    text = shown(answering(json.dumps(bundle), "application/fhir+json"), lambda c: c.get("/x"))
    assert "… 7 more entries" in text and '\\"2\\"' not in text
    huge = json.dumps({"a": "x" * 270_000})
    text = shown(answering(huge, "application/json"), lambda c: c.get("/x"))
    assert len(text) < 3_000 and f'"size": {len(huge)}' in text
