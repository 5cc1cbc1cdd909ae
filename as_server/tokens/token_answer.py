"""The answer of the code and refresh grants: which tokens one consent gives (RFC 6749 5.1)."""

from dataclasses import dataclass, replace
from typing import Any

from as_server.models.account import Account
from as_server.tokens import id_token
from as_server.tokens.authorization import Authorization
from as_server.tokens.issuing import IssuedToken, Issuer
from as_server.tokens.target import Target
from as_server.work import Work


@dataclass(frozen=True, slots=True)
class TokenAnswer:
    """What one consent gives: `given.scope` is all of its scopes."""

    account: Account
    given: Authorization
    refresh_expires_at: int | None = None

    @property
    def may_refresh(self) -> bool:
        client = self.given.client
        return (
            "offline_access" in self.given.scope.split()
            and not client.is_public
            and client.check_grant_type("refresh_token")
        )

    def with_access_token(self, work: Work, issuer: Issuer, target: Target) -> dict[str, Any]:
        """A token response with an access token and, with scope openid, an ID token."""
        given = replace(self.given, scope=target.scope)
        issued = issuer.access_token(work, given, audience=list(target.audience))
        body: dict[str, Any] = {
            "access_token": issued.value,
            "token_type": "Bearer",
            "expires_in": issued.expires_in,
            "scope": target.scope,
        }
        if "openid" in self.given.scope.split():
            body["id_token"] = id_token.issue(
                work,
                issuer,
                self.given.client,
                self.account,
                scope=self.given.scope,
                authentication=self.given.authentication,
                access_token=issued.value,
            )
        return body

    def new_refresh_token(self, work: Work, issuer: Issuer) -> IssuedToken:
        return issuer.refresh_token(work, self.given, expires_at=self.refresh_expires_at)
