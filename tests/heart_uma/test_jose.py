"""JWT attacks against the one wrapper (JWT-01..25, HO-134)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from heart_uma.jose import JoseError, KeySet, decode_jwt, peek, sign

KEYS = KeySet.generate()
OTHER = KeySet.generate()
ELLIPTIC = KeySet.generate("ES256")
NOW = datetime(2026, 1, 2, tzinfo=UTC)
SECONDS = int(NOW.timestamp())
PUBLIC = KeySet.from_jwks(KEYS.public_jwks())


def claims(**changes: Any) -> dict[str, Any]:
    plain = {"iss": "c", "sub": "c", "aud": "as", "iat": SECONDS, "exp": SECONDS + 60, "jti": "j"}
    plain.update(changes)
    return {name: value for name, value in plain.items() if value is not None}


def encode(value: Any) -> str:
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def forge(header: dict[str, Any], payload: Any, signature: bytes = b"x") -> str:
    return f"{encode(header)}.{encode(payload)}.{encode(signature)}"


def decode(token: str, **options: Any) -> dict[str, Any]:
    settings: dict[str, Any] = {"issuer": "c", "audience": "as", "now": NOW, **options}
    return decode_jwt("client_assertion", token, settings.pop("keys", PUBLIC), **settings)


def test_a_good_token_is_read() -> None:
    assert decode(sign("client_assertion", claims(), KEYS))["jti"] == "j"


@pytest.mark.attack("JWT-01")
@pytest.mark.parametrize(
    "algorithm", ["none", "None", "nOnE", "", None, ["RS256"], "HS256", "RS512"]
)
def test_an_algorithm_outside_the_list_is_refused(algorithm: Any) -> None:
    header = {"alg": algorithm, "typ": "JWT", "kid": KEYS.signing_key.kid}
    with pytest.raises(JoseError):
        decode(forge(header, claims()))


@pytest.mark.attack("JWT-02")
def test_the_public_key_is_never_a_symmetric_secret() -> None:
    kid = KEYS.signing_key.kid
    secret = KEYS.signing_key.material.as_pem(private=False)
    signed = f"{encode({'alg': 'HS256', 'typ': 'JWT', 'kid': kid})}.{encode(claims())}"
    tag = hmac.new(secret, signed.encode(), hashlib.sha256).digest()
    with pytest.raises(JoseError):
        decode(f"{signed}.{encode(tag)}")


@pytest.mark.attack("JWT-04")
@pytest.mark.attack("JWT-05")
@pytest.mark.attack("JWT-11")
@pytest.mark.parametrize(
    "extra",
    [
        {"jwk": OTHER.public_jwks()["keys"][0]},
        {"jku": "http://127.0.0.1:9/jwks"},
        {"x5u": "https://evil.test/c"},
        {"x5c": ["MII"]},
        {"crit": ["exp2"]},
        {"crit": []},
        {"crit": ["b64"], "b64": False},
    ],
)
def test_a_header_that_names_keys_or_extensions_is_refused(extra: dict[str, Any]) -> None:
    token = sign("client_assertion", claims(), OTHER)
    _, payload, signature = token.split(".")
    header = {"alg": "RS256", "typ": "JWT", "kid": KEYS.signing_key.kid, **extra}
    with pytest.raises(JoseError, match="names or embeds"):
        decode(f"{encode(header)}.{payload}.{signature}")


@pytest.mark.attack("JWT-07")
@pytest.mark.parametrize(
    "kid", ["../../dev/null", "' UNION", "k\x00", ["a"], {"a": 1}, "k" * 10_000]
)
def test_a_strange_kid_finds_no_key(kid: Any) -> None:
    with pytest.raises(JoseError):
        decode(forge({"alg": "RS256", "typ": "JWT", "kid": kid}, claims()))


@pytest.mark.attack("JWT-13")
def test_a_changed_or_respelled_token_is_refused() -> None:
    token = sign("client_assertion", claims(), KEYS)
    head, payload, signature = token.split(".")
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    respelled = signature[:-1] + alphabet[alphabet.index(signature[-1]) ^ 1]
    for bad in (
        f"{head}.{payload}.",
        f"{head}.{payload}.{signature[:-2]}",
        f"{head}.{payload}.{signature}=",
        f"{head}.{payload}.{respelled}",
        f" {token}",
        f"{head}.{payload}\n.{signature}",
        f"{head}.{encode(claims(sub='d'))}.{signature}",
        f"{token}.x",
        "a." * 100_000,
    ):
        with pytest.raises(JoseError):
            decode(bad)


@pytest.mark.attack("JWT-16")
def test_depth_and_size_are_refused_without_a_crash() -> None:
    deep = b'{"iss":"c","x":' + b"[" * 5_000 + b"]" * 5_000 + b"}"
    for token in (
        forge({"alg": "RS256", "typ": "JWT"}, deep),
        forge({"alg": "RS256", "typ": "JWT", "x": "y" * 1_000_000}, claims()),
    ):
        with pytest.raises(JoseError):
            decode(token)
        with pytest.raises(JoseError):
            peek(token)


@pytest.mark.attack("JWT-17")
@pytest.mark.parametrize("written", ["access_token", "refresh_token", "set", "audit_checkpoint"])
def test_a_token_of_another_kind_is_refused(written: Any) -> None:
    with pytest.raises(JoseError, match="typ"):
        decode(sign(written, claims(), KEYS))
    with pytest.raises(JoseError, match="typ"):
        decode_jwt(
            written, sign("id_token", claims(), KEYS), PUBLIC, issuer="c", audience="as", now=NOW
        )


@pytest.mark.attack("JWT-19")
@pytest.mark.parametrize("issuer", ["c/", "C", ["c"], None, ""])
def test_another_issuer_is_refused(issuer: Any) -> None:
    with pytest.raises(JoseError):
        decode(sign("client_assertion", claims(iss=issuer), KEYS))


@pytest.mark.attack("JWT-20")
@pytest.mark.spec("HO-41")
@pytest.mark.parametrize(
    "audience", [None, [], "as2", ["evil"], [["as"]], ["as", "evil"], ["as"], 7]
)
def test_a_single_audience_is_one_string(audience: Any) -> None:
    with pytest.raises(JoseError):
        decode(sign("client_assertion", claims(aud=audience), KEYS), single_audience=True)


def test_an_array_with_the_audience_is_fine_where_arrays_are() -> None:
    assert decode(sign("client_assertion", claims(aud=["x", "as"]), KEYS))["aud"] == ["x", "as"]


@pytest.mark.attack("JWT-22")
@pytest.mark.attack("TOK-08")
@pytest.mark.parametrize(
    "exp",
    [None, "1999999999", True, SECONDS + 3600, SECONDS + 10**9, 2**63, -1, 1e40, SECONDS - 60],
)
def test_a_strange_or_distant_exp_is_refused(exp: Any) -> None:
    with pytest.raises(JoseError):
        decode(sign("client_assertion", claims(exp=exp), KEYS))


@pytest.mark.attack("JWT-22")
@pytest.mark.parametrize("text", ["NaN", "Infinity", "1e400"])
def test_numbers_that_are_none_are_refused(text: str) -> None:
    payload = json.dumps(claims()).replace(str(SECONDS + 60), text).encode()
    head = {"alg": "RS256", "typ": "JWT", "kid": KEYS.signing_key.kid}
    from joserfc import jws

    token = jws.serialize_compact(head, payload, KEYS.signing_key.material, algorithms=["RS256"])
    with pytest.raises(JoseError, match="strict JSON"):
        decode(token)


@pytest.mark.attack("JWT-23")
@pytest.mark.parametrize("change", [{"nbf": SECONDS + 61}, {"iat": SECONDS + 61}])
def test_a_token_of_the_future_is_refused(change: dict[str, int]) -> None:
    with pytest.raises(JoseError, match="not valid yet"):
        decode(sign("client_assertion", claims(**change), KEYS))


def test_max_age_bounds_iat() -> None:
    with pytest.raises(JoseError, match="too old"):
        decode(sign("client_assertion", claims(iat=SECONDS - 10), KEYS), max_age=5)


def test_duplicate_members_are_refused() -> None:
    payload = json.dumps(claims())[:-1] + ',"sub":"d"}'
    from joserfc import jws

    head = {"alg": "RS256", "typ": "JWT", "kid": KEYS.signing_key.kid}
    token = jws.serialize_compact(head, payload, KEYS.signing_key.material, algorithms=["RS256"])
    with pytest.raises(JoseError):
        decode(token)


def _without_alg(document: dict[str, Any]) -> dict[str, Any]:
    return {"keys": [{**document["keys"][0], "kty": "oct", "k": "AAAA"}]}


@pytest.mark.attack("REG-08")
@pytest.mark.parametrize(
    "spoil",
    [
        lambda d: {"keys": [KEYS.signing_key.material.as_dict(private=True)]},
        _without_alg,
        lambda d: {"keys": d["keys"] * 500},
        lambda d: {"keys": d["keys"] * 2},
        lambda d: {"keys": []},
        lambda d: {"keys": "x"},
        lambda d: [],
        lambda d: {"keys": [{"kty": "RSA", "n": "AQAB", "e": "AQAB"}]},
        lambda d: {"keys": [{**d["keys"][0], "use": "enc"}]},
        lambda d: {"keys": [{**d["keys"][0], "alg": "HS256"}]},
    ],
)
def test_a_bad_public_key_set_is_refused(spoil: Callable[[dict[str, Any]], Any]) -> None:
    with pytest.raises(JoseError):
        KeySet.from_jwks(spoil(KEYS.public_jwks()))


def test_keys_survive_a_file_and_nobody_else_reads_it(tmp_path: Any) -> None:
    path = tmp_path / "keys.json"
    ELLIPTIC.save(path)
    assert path.stat().st_mode & 0o777 == 0o600
    again = KeySet.load(path)
    token = sign("id_token", claims(), again)
    assert decode_jwt(
        "id_token",
        token,
        KeySet.from_jwks(ELLIPTIC.public_jwks()),
        issuer="c",
        audience="as",
        now=NOW,
    )
