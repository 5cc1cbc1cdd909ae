"""Issuing tokens: JWTs with the claims of HEART and RFC 9068 together, each with a row.

The three methods of `Issuer` are the only places where a token of this server comes into being.
They write into the request's transaction, which is committed before the answer leaves.
"""

import base64
import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert

from as_server.models import pairwise_subject
from as_server.models.account import Account
from as_server.models.client import Client
from as_server.models.token import TOKEN, hash_of
from as_server.settings import AsSettings
from as_server.tokens.keys import SigningKeys
from as_server.work import Work

PAT_SCOPE = "uma_protection"
OWNER_POWERS = frozenset({"uma_policy", "owner"})
_REMEMBER = insert(TOKEN)


@dataclass(frozen=True, slots=True)
class Authentication:
    """How and when the person behind a grant proved who they are."""

    auth_time: int
    acr: str
    amr: tuple[str, ...]
    nonce: str | None = None


@dataclass(frozen=True, slots=True)
class IssuedToken:
    """`value` goes into the answer and nowhere else; `hash` is what this server knows it by."""

    value: str
    expires_in: int
    hash: str


def new_family() -> str:
    """The tie between all tokens of one consent (or of one RPT issue)."""
    return secrets.token_urlsafe(16)


class Issuer:
    """Signs the tokens of this server, and knows each of them by a row."""

    def __init__(self, keys: SigningKeys, settings: AsSettings) -> None:
        self.keys = keys
        self.settings = settings

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
        client: Client,
        account_key: str,
        *,
        family: str,
        scope: str = "",
        audience: list[str] | None = None,
        lifetime: int | None = None,
        kind: str = "access",
        rpt_grant: str | None = None,
        reason: str | None = None,
        authentication: Authentication | None = None,
    ) -> IssuedToken:
        """Issue an access token or, with `kind="rpt"` and `rpt_grant`, an RPT.

        `account_key` is the person the token speaks for (for an RPT: the requesting party). The JWT
        says who and for whom, never what it permits: neither `scope` nor permissions go into it.
        `reason` is what the party said of an RPT; its refresh token carries it on.
        `audience` defaults to this server; `lifetime` to the setting that fits.
        """
        settings = self.settings
        aud = audience or [settings.issuer]
        if lifetime is None:
            lifetime = self._default_lifetime(client, kind, aud)
        claims = self._claims(work, client, account_key, aud, lifetime)
        value = self.keys.sign("access_token", claims)
        digest = _remember(
            work,
            value,
            kind,
            claims,
            client,
            account_key,
            family,
            scope,
            rpt_grant,
            reason,
            authentication,
        )
        return IssuedToken(value, lifetime, digest)

    def refresh_token(
        self,
        work: Work,
        client: Client,
        account_key: str,
        *,
        family: str,
        scope: str,
        authentication: Authentication | None = None,
        expires_at: int | None = None,
        rpt_grant: str | None = None,
        reason: str | None = None,
        resource: str | None = None,
    ) -> IssuedToken:
        """Issue a refresh token: a signed JWS for this server alone (`rt+jwt`).

        A PAT's slides 90 days from now, unless it can do more than a PAT; any other keeps
        `expires_at` of its family, at most a day after the consent. `resource` is the one resource
        that was authorized, if the consent was for one.
        """
        settings = self.settings
        scopes = set(scope.split())
        if PAT_SCOPE in scopes and not scopes & OWNER_POWERS:
            lifetime = settings.pat_refresh_lifetime
        elif expires_at is not None:
            lifetime = max(1, expires_at - work.now)
        else:
            lifetime = settings.refresh_token_lifetime
        claims = self._claims(work, client, account_key, [settings.issuer], lifetime)
        value = self.keys.sign("refresh_token", claims)
        digest = _remember(
            work,
            value,
            "refresh",
            claims,
            client,
            account_key,
            family,
            scope,
            rpt_grant,
            reason,
            authentication,
            resource,
        )
        return IssuedToken(value, lifetime, digest)

    def id_token(
        self,
        work: Work,
        client: Client,
        account: Account,
        *,
        scope: str,
        authentication: Authentication,
        access_token: str | None = None,
    ) -> str:
        """Issue an ID token for this client alone (OIDC Core 2)."""
        settings = self.settings
        issued = work.now
        claims: dict[str, Any] = {
            "iss": settings.issuer,
            "sub": self.subject_of(work.connection, client.client_id, account.key),
            "aud": [client.client_id],
            "azp": client.client_id,
            "exp": issued + settings.id_token_lifetime,
            "iat": issued,
            "auth_time": authentication.auth_time,
            "jti": secrets.token_urlsafe(24),
            "acr": authentication.acr,
            "amr": list(authentication.amr),
            **person_claims(account, scope),
        }
        if authentication.nonce:
            claims["nonce"] = authentication.nonce
        if access_token:
            half = hashlib.sha256(access_token.encode()).digest()[:16]
            claims["at_hash"] = base64.urlsafe_b64encode(half).rstrip(b"=").decode()
        # What the client registered, if it did (OpenID Connect Registration 2).
        algorithm = client.metadata_members.get("id_token_signed_response_alg")
        return self.keys.sign("id_token", claims, algorithm)

    def _default_lifetime(self, client: Client, kind: str, audience: list[str]) -> int:
        settings = self.settings
        if kind == "rpt":
            return settings.rpt_lifetime
        if audience != [settings.issuer]:
            return settings.owner_token_lifetime
        if client.is_public:
            return settings.public_client_token_lifetime
        return settings.access_token_lifetime

    def _claims(
        self, work: Work, client: Client, account_key: str, audience: list[str], lifetime: int
    ) -> dict[str, Any]:
        issued = work.now
        return {
            "iss": self.settings.issuer,
            "azp": client.client_id,
            "client_id": client.client_id,
            "aud": audience,
            "exp": issued + lifetime,
            "iat": issued,
            "jti": secrets.token_urlsafe(24),
            # A client that acts for nobody speaks for itself (RFC 9068 2.2).
            "sub": self.subject_of(work.connection, client.client_id, account_key)
            if account_key
            else client.client_id,
        }


def person_claims(account: Account, scope: str) -> dict[str, Any]:
    """The claims about a person that these scopes open (OIDC Core 5.4)."""
    claims: dict[str, Any] = {}
    wanted = scope.split()
    if "profile" in wanted:
        claims["name"] = account.name
    if "email" in wanted and account.email:
        claims["email"] = account.email
        claims["email_verified"] = account.email_verified
    return claims


def _remember(
    work: Work,
    value: str,
    kind: str,
    claims: dict[str, Any],
    client: Client,
    account_key: str,
    family: str,
    scope: str,
    rpt_grant: str | None,
    reason: str | None,
    authentication: Authentication | None,
    resource: str | None = None,
) -> str:
    known = authentication or Authentication(auth_time=0, acr="", amr=())
    row = {
        "hash": hash_of(value),
        "kind": kind,
        "jti": claims["jti"],
        "family": family,
        "client_id": client.client_id,
        "account_key": account_key,
        "scope": scope,
        "audience": " ".join(claims["aud"]),
        "rpt_grant": rpt_grant,
        "reason": reason,
        "resource": resource,
        "nonce": known.nonce,
        "auth_time": known.auth_time,
        "acr": known.acr,
        "amr": " ".join(known.amr),
        "issued_at": claims["iat"],
        "expires_at": claims["exp"],
    }
    work.connection.execute(_REMEMBER, row)
    return str(row["hash"])
