"""Tokens of an answer, with the claims of its ID token checked (OpenID Connect Core 3.1.3.7)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from heart_uma.client_auth import Client
from heart_uma.errors import UmaError
from heart_uma.jose import NO_BOUND, JoseError, KeySet, decode_jwt
from heart_uma.metadata import AsMetadata
from heart_uma.published_keys import FreshKeys


@dataclass(frozen=True, slots=True)
class Tokens:
    """A token answer: lives in seconds; `claims` are those of the checked ID token, if any."""

    access_token: str
    expires_in: int
    refresh_token: str | None
    scope: str
    id_token: str | None
    claims: Mapping[str, Any]


def read_tokens(
    body: dict[str, Any],
    metadata: AsMetadata,
    credentials: Client,
    keys: KeySet,
    nonce: str | None,
    fresh: FreshKeys | None,
) -> Tokens:
    id_token, claims = body.get("id_token"), {}
    if isinstance(id_token, str):
        try:
            claims = decode_jwt(
                "id_token",
                id_token,
                keys,
                issuer=metadata.issuer,
                audience=credentials.client_id,
                now=credentials.clock(),
                max_age=600,
                # OpenID Connect sets no longest life, and other servers choose hours (Core 2).
                max_life=NO_BOUND,
                fresh=fresh,
            )
        except JoseError as error:
            raise UmaError("bad_answer", f"the ID token is refused: {error}") from error
        if nonce is not None and claims.get("nonce") != nonce:
            raise UmaError("bad_answer", "the ID token answers another login")
        if claims.get("azp", credentials.client_id) != credentials.client_id:
            raise UmaError("bad_answer", "the ID token was issued to another client")
        if not isinstance(claims.get("sub"), str) or not claims["sub"]:
            raise UmaError("bad_answer", "the ID token names nobody")
    life, refresh_token = body.get("expires_in"), body.get("refresh_token")
    return Tokens(
        access_token=body["access_token"],
        expires_in=life if isinstance(life, int) and not isinstance(life, bool) else 0,
        refresh_token=refresh_token if isinstance(refresh_token, str) else None,
        scope=str(body.get("scope", "")),
        id_token=id_token if isinstance(id_token, str) else None,
        claims=claims,
    )
