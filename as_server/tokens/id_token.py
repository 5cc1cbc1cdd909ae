"""ID tokens, and the claims about a person that scopes open (OIDC Core 2, 5.4)."""

import base64
import hashlib
import secrets
from typing import Any

from as_server.models.account import Account
from as_server.models.client import Client
from as_server.tokens.authorization import Authentication
from as_server.tokens.issuing import Issuer
from as_server.work import Work


def issue(
    work: Work,
    issuer: Issuer,
    client: Client,
    account: Account,
    *,
    scope: str,
    authentication: Authentication,
    access_token: str | None = None,
) -> str:
    """An ID token for this client alone."""
    settings = issuer.settings
    issued = work.now
    claims: dict[str, Any] = {
        "iss": settings.issuer,
        "sub": issuer.subject_of(work.connection, client.client_id, account.key),
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
        claims["at_hash"] = _half_hash(access_token)
    # What the client registered, if it did (OpenID Connect Registration 2).
    algorithm = client.metadata_members.get("id_token_signed_response_alg")
    return issuer.keys.sign("id_token", claims, algorithm)


def person_claims(account: Account, scope: str) -> dict[str, Any]:
    """The claims about a person that these scopes open."""
    claims: dict[str, Any] = {}
    wanted = scope.split()
    if "profile" in wanted:
        claims["name"] = account.name
    if "email" in wanted and account.email:
        claims["email"] = account.email
        claims["email_verified"] = account.email_verified
    return claims


def _half_hash(access_token: str) -> str:
    """`at_hash` (OIDC Core 3.1.3.6)."""
    half = hashlib.sha256(access_token.encode()).digest()[:16]
    return base64.urlsafe_b64encode(half).rstrip(b"=").decode()
