"""Bearer tokens at this server's own endpoints: PAT, policy token, userinfo (RFC 6750)."""

from dataclasses import dataclass

from flask import request
from sqlalchemy import select

from as_server.context import current_as, now
from as_server.db import reader
from as_server.errors import BearerRequired, InsufficientScope, InvalidToken
from as_server.models.account import Account
from as_server.models.client import Client
from as_server.models.token import Token, hash_of

MAX_LENGTH = 16_384


@dataclass(frozen=True, slots=True)
class BearerToken:
    """A live access token whose audience is this server."""

    account_key: str
    client_id: str
    scope: frozenset[str]
    jti: str
    audience: tuple[str, ...]
    token_row: Token


def authenticate(required_scope: str) -> BearerToken:
    """The token in the Authorization header.

    Raises `BearerRequired`/`InvalidToken` (401) or `InsufficientScope` (403), each with its
    challenge. Tokens in a form or in the query are not looked at (X-3). The row under the SHA-256
    of the string is the proof: only a string this server signed and stored has one.
    """
    header = request.headers.get_all("Authorization")
    scheme, _, value = (header[0] if len(header) == 1 else "").partition(" ")
    if not header:
        raise BearerRequired("A bearer token is needed.", headers=_challenge())
    if scheme.lower() != "bearer" or not 0 < len(value) <= MAX_LENGTH:
        raise InvalidToken("The bearer token is not valid.", headers=_challenge("invalid_token"))
    row = _live_row(value.strip())
    if row is None:
        raise InvalidToken("The bearer token is not valid.", headers=_challenge("invalid_token"))
    if required_scope not in row.scopes:
        raise InsufficientScope(
            "The token lacks a scope.", headers=_challenge("insufficient_scope", required_scope)
        )
    return BearerToken(
        account_key=row.account_key,
        client_id=row.client_id,
        scope=row.scopes,
        jti=row.jti,
        audience=tuple(row.audiences),
        token_row=row,
    )


def _live_row(value: str) -> Token | None:
    columns = Token.__table__  # type: ignore[attr-defined]
    query = (
        select(columns)
        .join(Account, Account.key == columns.c.account_key)
        .join(Client, Client.client_id == columns.c.client_id)
        .where(
            columns.c.hash == hash_of(value),
            columns.c.kind == "access",
            columns.c.revoked_at.is_(None),
            columns.c.expires_at > now(),
            Account.disabled.is_(False),  # type: ignore[attr-defined]
            Client.disabled.is_(False),  # type: ignore[attr-defined]
        )
    )
    with reader() as connection:
        found = connection.execute(query).mappings().first()
    if found is None:
        return None
    row = Token(**found)
    return row if current_as.settings.issuer in row.audiences else None


def _challenge(error: str = "", scope: str = "") -> dict[str, str]:
    parts = [f'realm="{current_as.settings.issuer}"']
    if error:
        parts.append(f'error="{error}"')
    if scope:
        parts.append(f'scope="{scope}"')
    return {"WWW-Authenticate": "Bearer " + ", ".join(parts)}
