"""The answer of the code and refresh grants: which audience, which scopes, which tokens.

Example: a portal with scope `openid uma_policy owner offline_access` asks
`resource=https://rs.example/fhir` and gets a token with `aud=["https://rs.example/fhir"]` and scope
`owner`; without `resource` it gets `aud=[issuer]` and all the other scopes (RFC 8707 2).
"""

from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy.orm import Session

from as_server.errors import InvalidTarget
from as_server.models import client as clients
from as_server.models.account import Account
from as_server.tokens import id_token
from as_server.tokens.authorization import Authorization
from as_server.tokens.issuing import IssuedToken, Issuer
from as_server.work import Work

OWNER = "owner"


@dataclass(frozen=True, slots=True)
class Target:
    """Whom the access token is for, and with which scope."""

    audience: tuple[str, ...]
    scope: str


def choose_target(
    db: Session, issuer: str, granted: str, asked: list[str], bound: str | None = None
) -> Target:
    """Audience and scope for a `resource` parameter; raises `InvalidTarget`.

    `bound` is the resource of the authorization request: if it named one, no other may follow.
    """
    scopes = granted.split()
    if len(asked) > 1 or (bound is not None and asked and asked != [bound]):
        raise InvalidTarget("One resource at a time, and the one that was authorized.")
    resource = asked[0] if asked else bound
    if resource is None or resource == issuer:
        return Target((issuer,), " ".join(scope for scope in scopes if scope != OWNER))
    if OWNER not in scopes or clients.by_resource_server_base(db, resource) is None:
        raise InvalidTarget("The resource is unknown here or was not authorized.")
    return Target((resource,), OWNER)


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
