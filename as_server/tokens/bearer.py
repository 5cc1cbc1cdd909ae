"""Bearer tokens at this server's own endpoints: PAT, policy token, userinfo (RFC 6750)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, bindparam, select

from as_server.errors import BearerRequired, InsufficientScope, InvalidToken
from as_server.models import whose
from as_server.models.account import Account
from as_server.models.client import Client
from as_server.models.token import COLUMNS, hash_of
from as_server.owner_seal import OwnerSeals
from as_server.work import Work
from heart_ground.statement import Statement

MAX_LENGTH = 16_384
_LIVE = Statement(
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
        COLUMNS.owner == bindparam("of_owner"),
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


def shown(header: Sequence[str]) -> str | None:
    """The one bearer token of these Authorization headers; None for anything else."""
    scheme, _, value = (header[0] if len(header) == 1 else "").partition(" ")
    if scheme.lower() != "bearer" or not 0 < len(value) <= MAX_LENGTH:
        return None
    return value.strip()


def authenticate(work: Work, issuer: str, seals: OwnerSeals, header: Sequence[str]) -> BearerToken:
    """The token in the Authorization header, of which there has to be one.

    Raises `BearerRequired` or `InvalidToken` (401), each with its challenge. Tokens in a form or
    in the query are not looked at (RFC 9700 4.3.2). The row under the SHA-256 of the string is the
    proof: only a string this server signed and stored has one.
    """
    if not header:
        raise BearerRequired("A bearer token is needed.", headers=_challenge(issuer))
    value = shown(header)
    row = None if value is None else _live_row(work, seals, value)
    if row is None or issuer not in row.audience.split():
        raise InvalidToken(
            "The bearer token is not valid.", headers=_challenge(issuer, "invalid_token")
        )
    return BearerToken(
        account_key=row.account_key,
        client_id=row.client_id,
        scope=frozenset(row.scope.split()),
        jti=row.jti,
        audience=tuple(row.audience.split()),
        family=row.family,
    )


def require_scope(token: BearerToken, scope: str, issuer: str) -> None:
    """Raises `InsufficientScope` (403), with its challenge, for a token without this scope."""
    if scope not in token.scope:
        challenge = _challenge(issuer, "insufficient_scope", scope)
        raise InsufficientScope("The token lacks a scope.", headers=challenge)


def _live_row(work: Work, seals: OwnerSeals, value: str) -> Row[Any] | None:
    with work.reading() as connection:
        owner = whose.owner_of(connection, seals, value)
        found: Row[Any] | None = _LIVE.first(
            connection, of_owner=owner, presented=hash_of(value), moment=work.now
        )
        return found


def _challenge(issuer: str, error: str = "", scope: str = "") -> dict[str, str]:
    parts = [f'realm="{issuer}"']
    if error:
        parts.append(f'error="{error}"')
    if scope:
        parts.append(f'scope="{scope}"')
    return {"WWW-Authenticate": "Bearer " + ", ".join(parts)}
