"""Signing and checking JWTs: the only place that touches JOSE (RFC 7515 to 7519, RFC 8725).

Each kind of token has its own `typ`, algorithms and longest life, so that a token of one kind is
never taken for another. Keys come from the caller; a key named or embedded in a token is refused.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from joserfc import jws
from joserfc.errors import JoseError as _LibraryError

from heart_uma.jwk import JoseError, Key, KeySet
from heart_uma.strict_json import StrictJsonError, loads
from heart_uma.verified import Verified

__all__ = [
    "ALGORITHMS",
    "LEEWAY",
    "ClaimRefused",
    "JoseError",
    "Key",
    "KeySet",
    "Kind",
    "decode_jwt",
    "peek",
    "sign",
]

Kind = Literal[
    "client_assertion",
    "id_token",
    "access_token",
    "refresh_token",
    "set",
    "software_statement",
    "userinfo",
    "audit_checkpoint",
]

ALGORITHMS: tuple[str, ...] = ("RS256", "RS384", "PS256", "ES256", "ES384")
"""Every algorithm accepted anywhere (RFC 8725 3.1): asymmetric only, never `none`, never HS*."""
LEEWAY = 60
"""Seconds by which two clocks may differ: on `iat`, `nbf` and the longest life of every token, and
on the end of a client assertion. Tokens that this server or its peers issued end on the second."""
NO_BOUND = 2**53
"""As `max_life`: `exp` is needed and has passed or not, however far ahead it lies."""

_FORBIDDEN_HEADERS = frozenset(
    {"jku", "x5u", "jwk", "x5c", "x5t", "x5t#S256", "crit", "b64", "zip"}
)
_SEGMENT = re.compile(r"[A-Za-z0-9_-]+", re.ASCII)
_MAX_TOKEN = 16_384


class _Unexplained(JoseError):
    """No key at hand explains the signature; its issuer may have others by now."""


class ClaimRefused(JoseError):
    """The signature fits and a claim does not; the text says which bound of which claim.

    So it may be told to whoever sent the token: only the holder of the key gets that far.
    """


@dataclass(frozen=True, slots=True)
class _Rule:
    types: frozenset[str | None]
    max_life: int
    written_type: str
    late: int = 0


def _rule(written_type: str, max_life: int, *also: str | None, late: int = 0) -> _Rule:
    return _Rule(frozenset({written_type.lower(), *also}), max_life, written_type, late)


_RULES: Mapping[str, _Rule] = {
    "client_assertion": _rule("JWT", 120, None, "client-authentication+jwt", late=LEEWAY),
    "id_token": _rule("JWT", 3600, None),
    "access_token": _rule("at+jwt", 3660, "application/at+jwt"),
    "refresh_token": _rule("rt+jwt", 91 * 86_400),
    "set": _rule("secevent+jwt", 0, "application/secevent+jwt"),
    "software_statement": _rule("JWT", 366 * 86_400, None),
    "userinfo": _rule("JWT", 3600, None),
    "audit_checkpoint": _rule("audit-checkpoint+jwt", 0),
}


def sign(kind: Kind, claims: Mapping[str, Any], keys: KeySet | Key) -> str:
    """A compact JWS of `claims`; `typ` of its kind and `kid` are in the header (RFC 7515 4.1)."""
    key = keys.signing_key if isinstance(keys, KeySet) else keys
    algorithm = key.algorithms[0]
    header = {"alg": algorithm, "typ": _RULES[kind].written_type, "kid": key.kid}
    payload = json.dumps(claims, separators=(",", ":"), allow_nan=False)
    return jws.serialize_compact(header, payload, key.material, algorithms=[algorithm])


def _segment(text: str) -> bytes:
    if not _SEGMENT.fullmatch(text):
        raise JoseError("a segment is not base64url")
    try:
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError as error:
        raise JoseError("a segment is not base64url") from error
    # One token, one spelling: other tail bits would make a "different" token of the same worth.
    if base64.urlsafe_b64encode(raw).rstrip(b"=").decode() != text:
        raise JoseError("a segment is not canonical")
    return raw


def _object(raw: bytes, what: str) -> dict[str, Any]:
    try:
        value = loads(raw, max_bytes=_MAX_TOKEN)
    except StrictJsonError as error:
        raise JoseError(f"the {what} is not strict JSON") from error
    if not isinstance(value, dict):
        raise JoseError(f"the {what} is not an object")
    return value


def _check_header(kind: Kind, header: Mapping[str, Any]) -> tuple[str, str | None]:
    if _FORBIDDEN_HEADERS & set(header):
        raise JoseError("the header names or embeds a key, or asks for extensions")
    algorithm, kid, written = header.get("alg"), header.get("kid"), header.get("typ")
    if not isinstance(algorithm, str) or algorithm not in ALGORITHMS:
        raise JoseError("the algorithm is not accepted")
    if kid is not None and (not isinstance(kid, str) or not 0 < len(kid) <= 256):
        raise JoseError("kid is not a short string")
    if written is not None and not isinstance(written, str):
        raise JoseError("typ is not a string")
    if (written and written.lower()) not in _RULES[kind].types:
        raise JoseError("typ does not fit the use")
    return algorithm, kid


def _seconds(claims: Mapping[str, Any], name: str) -> int | None:
    value = claims.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 2**53:
        raise ClaimRefused(f"{name} is not a number of seconds")
    return int(value)


def _check_times(
    claims: Mapping[str, Any], now: int, max_life: int, max_age: int | None, late: int
) -> None:
    exp, iat, nbf = (_seconds(claims, name) for name in ("exp", "iat", "nbf"))
    if max_life and exp is None:
        raise ClaimRefused("exp is missing")
    if max_life and exp is not None and exp > now + max_life + LEEWAY:
        raise ClaimRefused(f"exp lies more than {max_life} seconds ahead")
    if exp is not None and now >= exp + late:
        raise ClaimRefused("exp has passed: it has expired")
    for name, value in (("iat", iat), ("nbf", nbf)):
        if value is not None and value > now + LEEWAY:
            raise ClaimRefused(f"{name} lies ahead: it is not valid yet")
    if max_age is not None and iat is None:
        raise ClaimRefused("iat is missing")
    if max_age is not None and iat is not None and iat < now - max_age:
        raise ClaimRefused(f"iat is too old: it lies more than {max_age} seconds back")


def _check_audience(claims: Mapping[str, Any], audience: Iterable[str], *, single: bool) -> None:
    found = claims.get("aud")
    if isinstance(found, str):
        found = [found]
    elif single or not isinstance(found, list) or not all(isinstance(a, str) for a in found):
        raise ClaimRefused("aud is missing or has the wrong form")
    if not set(found) & set(audience):
        raise ClaimRefused("aud is somebody else")


def peek(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Header and claims WITHOUT any check: only to choose keys to check with (RFC 8725 3.10)."""
    if len(token) > _MAX_TOKEN or token.count(".") != 2:
        raise JoseError("not a compact JWS")
    header, payload, _ = token.split(".")
    return _object(_segment(header), "header"), _object(_segment(payload), "payload")


def decode_jwt(
    kind: Kind,
    token: str,
    keys: KeySet,
    *,
    issuer: str | None,
    audience: str | Iterable[str] | None,
    now: datetime,
    max_age: int | None = None,
    max_life: int | None = None,
    single_audience: bool = False,
    fresh: Callable[[], KeySet] | None = None,
    verified: Verified | None = None,
) -> dict[str, Any]:
    """Check a compact JWT of `kind` and return its claims; raise JoseError for any doubt.

    `keys` are the issuer's and nobody else's; `issuer` must equal `iss` (None: the caller checks);
    one of `audience` must be in `aud` (None: the caller checks); `single_audience` refuses arrays
    (audience injection). `max_age` bounds `iat` in seconds; `max_life` replaces the kind's longest
    remaining life.
    `fresh` fetches the issuer's keys again: it is asked once when no key at hand explains the
    signature, and this very token is then looked at again (OIDC Core 10.1.1).
    `verified` remembers signatures that these `keys` explained; nothing else is remembered.
    """
    if not isinstance(token, str) or len(token) > _MAX_TOKEN or token.count(".") != 2:
        raise JoseError("not a compact JWS")
    header_text, payload_text, signature_text = token.split(".")
    header = _object(_segment(header_text), "header")
    algorithm, kid = _check_header(kind, header)
    _segment(signature_text)
    try:
        payload = _explained(token, keys, kid, algorithm, verified)
    except _Unexplained:
        newer = keys if fresh is None else fresh()
        if newer is keys:
            raise
        payload = _signed(token, newer, kid, algorithm)
    _segment(payload_text)
    claims = _object(payload, "payload")
    if issuer is not None and claims.get("iss") != issuer:
        raise ClaimRefused("iss is somebody else")
    rule = _RULES[kind]
    life = rule.max_life if max_life is None else max_life
    _check_times(claims, int(now.timestamp()), life, max_age, rule.late)
    if audience is not None:
        allowed = [audience] if isinstance(audience, str) else audience
        _check_audience(claims, allowed, single=single_audience)
    return claims


def _explained(
    token: str, keys: KeySet, kid: str | None, algorithm: str, verified: Verified | None
) -> bytes:
    """The payload of a token that one of these keys signed, now or when it was seen before."""
    if verified is not None and verified.holds(token):
        return _segment(token.split(".")[1])
    payload = _signed(token, keys, kid, algorithm)
    if verified is not None:
        verified.add(token)
    return payload


def _signed(token: str, keys: KeySet, kid: str | None, algorithm: str) -> bytes:
    """The payload, if the key that the header names signed it; `_Unexplained` otherwise."""
    key = keys.find(kid, algorithm)
    if key is None:
        raise _Unexplained("no such key")
    try:
        return jws.deserialize_compact(token, key.material, algorithms=[algorithm]).payload
    except (_LibraryError, ValueError, RecursionError) as error:
        raise _Unexplained("the signature does not fit") from error
