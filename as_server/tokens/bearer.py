"""Bearer tokens at this server's own endpoints: PAT, policy token, userinfo (RFC 6750)."""

from dataclasses import dataclass
from typing import Any, cast

from flask import request
from sqlalchemy import Row, bindparam, select

from as_server.clients import cross_origin
from as_server.context import current_as, now
from as_server.db import reader
from as_server.errors import BearerRequired, InsufficientScope, InvalidToken
from as_server.models.account import Account
from as_server.models.client import Client
from as_server.models.token import COLUMNS, hash_of

MAX_LENGTH = 16_384
_LIVE = (
    select(
        COLUMNS.account_key,
        COLUMNS.client_id,
        COLUMNS.scope,
        COLUMNS.jti,
        COLUMNS.audience,
        COLUMNS.family,
    )
    .join(Account, Account.key == COLUMNS.account_key)
    .join(Client, Client.client_id == COLUMNS.client_id)
    .where(
        COLUMNS.hash == bindparam("presented"),
        COLUMNS.kind == "access",
        COLUMNS.revoked_at.is_(None),
        COLUMNS.expires_at > bindparam("moment"),
        Account.disabled.is_(False),  # type: ignore[attr-defined]
        Client.disabled.is_(False),  # type: ignore[attr-defined]
    )
)


@dataclass(frozen=True, slots=True)
class BearerToken:
    """A live access token whose audience is this server."""

    account_key: str
    client_id: str
    scope: frozenset[str]
    jti: str
    audience: tuple[str, ...]
    family: str


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
    cross_origin.named(row.client_id)
    scopes = frozenset(row.scope.split())
    if required_scope not in scopes:
        raise InsufficientScope(
            "The token lacks a scope.", headers=_challenge("insufficient_scope", required_scope)
        )
    return BearerToken(
        account_key=row.account_key,
        client_id=row.client_id,
        scope=scopes,
        jti=row.jti,
        audience=tuple(row.audience.split()),
        family=row.family,
    )


def _live_row(value: str) -> Row[Any] | None:
    with reader() as connection:
        values = {"presented": hash_of(value), "moment": now()}
        row = cast("Row[Any] | None", connection.execute(_LIVE, values).first())
    return row if row is not None and current_as.settings.issuer in row.audience.split() else None


def _challenge(error: str = "", scope: str = "") -> dict[str, str]:
    parts = [f'realm="{current_as.settings.issuer}"']
    if error:
        parts.append(f'error="{error}"')
    if scope:
        parts.append(f'scope="{scope}"')
    return {"WWW-Authenticate": "Bearer " + ", ".join(parts)}
