"""Issuing tokens: JWTs with the claims of HEART and RFC 9068 together, each with a row.

Access tokens, RPTs and refresh tokens come into being here and nowhere else. They are written into
the request's transaction, which is committed before the answer leaves.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert

from as_server.models import pairwise_subject
from as_server.models.token import COLUMNS, TOKEN, hash_of
from as_server.owner_seal import OwnerSeals
from as_server.settings import AsSettings
from as_server.tokens import lifetimes
from as_server.tokens.authorization import Authorization
from as_server.tokens.keys import SigningKeys
from as_server.work import Work
from heart_ground.statement import Statement

_LATER = ("revoked_at", "rotated_at", "successor_hash", "successor_sealed")
_REMEMBER = Statement(
    insert(TOKEN),
    columns=[column.name for column in COLUMNS if column.name not in _LATER],
)


@dataclass(frozen=True, slots=True)
class IssuedToken:
    """`value` goes into the answer and nowhere else; `hash` is what this server knows it by."""

    value: str
    expires_in: int
    hash: str


@dataclass(frozen=True, slots=True)
class SignedToken:
    """A token that nobody knows yet: it is worth something once it is remembered."""

    value: str
    kind: str
    claims: Mapping[str, Any]


class Issuer:
    """Signs the tokens of this server, and knows each of them by a row."""

    def __init__(self, keys: SigningKeys, settings: AsSettings) -> None:
        self.keys = keys
        self.settings = settings
        self.seals = OwnerSeals(settings.secret_bytes)

    def subject_of(self, connection: Connection, client_id: str, account_key: str) -> str:
        """The pairwise `sub` this client knows the account by, remembered from now on."""
        secret = self.settings.secret_bytes
        return pairwise_subject.subject_for(connection, secret, client_id, account_key)

    def verify_id_token(self, token: str, audience: str, at: datetime) -> dict[str, Any]:
        """The claims of an ID token that is good at this moment; raises `JoseError`."""
        return self.keys.verify(
            "id_token", token, issuer=self.settings.issuer, audience=audience, now=at
        )

    def access_token(
        self,
        work: Work,
        given: Authorization,
        *,
        audience: list[str] | None = None,
        lifetime: int | None = None,
    ) -> IssuedToken:
        """Issue an access token; an RPT if that is what was given.

        The JWT says who and for whom, never what it permits: neither `scope` nor permissions go
        into it. `audience` defaults to this server; `lifetime` to the setting that fits.
        """
        aud = audience or [self.settings.issuer]
        if lifetime is None:
            lifetime = lifetimes.of_access(self.settings, given, aud)
        sub = self._subject(work.connection, given)
        return remember(work, self.sign_access(given, sub, work.now, aud, lifetime), given)

    def refresh_token(
        self, work: Work, given: Authorization, *, expires_at: int | None = None
    ) -> IssuedToken:
        """Issue a refresh token, for this server alone. `expires_at` is the end of its family,
        which most keep."""
        lifetime = lifetimes.of_refresh(self.settings, given, work.now, expires_at)
        sub = self._subject(work.connection, given)
        return remember(work, self.sign_refresh(given, sub, work.now, lifetime), given)

    def sign_access(
        self, given: Authorization, sub: str, now: int, audience: list[str], lifetime: int
    ) -> SignedToken:
        """An access token, or an RPT, that is yet to be remembered."""
        claims = self._claims(given, sub, now, audience, lifetime)
        kind = "access" if given.rpt_grant is None else "rpt"
        return SignedToken(self.keys.sign("access_token", claims), kind, claims)

    def sign_refresh(self, given: Authorization, sub: str, now: int, lifetime: int) -> SignedToken:
        """A refresh token that is yet to be remembered: random, since only its row is looked at;
        a JWS (`rt+jwt`) where the settings ask for one (HEART OAuth 2.0, 3.2.1)."""
        claims = self._claims(given, sub, now, [self.settings.issuer], lifetime)
        if self.settings.refresh_token_format == "jws":  # noqa: S105 - a format
            return SignedToken(self.keys.sign("refresh_token", claims), "refresh", claims)
        return SignedToken(self.seals.new_value(given.owner), "refresh", claims)

    def _subject(self, connection: Connection, given: Authorization) -> str:
        # A client that acts for nobody speaks for itself (RFC 9068 2.2).
        if not given.account_key:
            return given.client.client_id
        return self.subject_of(connection, given.client.client_id, given.account_key)

    def _claims(
        self, given: Authorization, sub: str, issued: int, audience: list[str], lifetime: int
    ) -> dict[str, Any]:
        client_id = given.client.client_id
        return {
            "iss": self.settings.issuer,
            "azp": client_id,
            "client_id": client_id,
            "aud": audience,
            "exp": issued + lifetime,
            "iat": issued,
            "jti": self.seals.new_value(given.owner),
            "sub": sub,
        }


def remember(
    work: Work, signed: SignedToken, given: Authorization, refresh: SignedToken | None = None
) -> IssuedToken:
    """From here on this server knows the token, and what it stands for; with an RPT, in the same
    row, the `refresh` token that goes with it."""
    if refresh is not None and refresh.claims["exp"] < signed.claims["exp"]:
        remember(work, refresh, given)
        refresh = None
    proved, claims, digest = given.authentication, signed.claims, hash_of(signed.value)
    last = claims if refresh is None else refresh.claims
    row = {
        "owner": given.owner,
        "hash": digest,
        "kind": signed.kind,
        "jti": claims["jti"],
        "family": given.family,
        "client_id": given.client.client_id,
        "account_key": given.account_key,
        "scope": given.scope,
        "audience": " ".join(claims["aud"]),
        "rpt_grant": given.rpt_grant,
        "refresh_hash": None if refresh is None else hash_of(refresh.value),
        "reason": given.reason,
        "resource": given.resource if signed.kind == "refresh" else None,
        "nonce": proved.nonce,
        "auth_time": proved.auth_time,
        "acr": proved.acr,
        "amr": " ".join(proved.amr),
        "issued_at": claims["iat"],
        "expires_at": claims["exp"],
        "ends_at": last["exp"],
    }
    _REMEMBER.run(work.connection, **row)
    return IssuedToken(signed.value, claims["exp"] - claims["iat"], digest)
