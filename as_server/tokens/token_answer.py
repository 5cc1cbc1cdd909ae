"""The answer of the code and refresh grants: which audience, which scopes, which tokens.

Example: a portal with scope `openid uma_policy owner offline_access` asks
`resource=https://rs.example/fhir` and gets a token with `aud=["https://rs.example/fhir"]` and scope
`owner`; without `resource` it gets `aud=[issuer]` and all the other scopes (RFC 8707 2).
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from as_server.errors import InvalidTarget
from as_server.models import client as clients
from as_server.models.account import Account
from as_server.models.client import Client
from as_server.tokens.issuing import Authentication, IssuedToken, Issuer
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
    """What one consent gives: `granted` is all of its scopes, `family` ties its tokens."""

    client: Client
    account: Account
    family: str
    granted: str
    authentication: Authentication
    refresh_expires_at: int | None = None
    resource: str | None = None

    @property
    def may_refresh(self) -> bool:
        return (
            "offline_access" in self.granted.split()
            and not self.client.is_public
            and self.client.check_grant_type("refresh_token")
        )

    def with_access_token(self, work: Work, issuer: Issuer, target: Target) -> dict[str, Any]:
        """A token response with an access token and, with scope openid, an ID token."""
        issued = issuer.access_token(
            work,
            self.client,
            self.account.key,
            family=self.family,
            scope=target.scope,
            audience=list(target.audience),
            authentication=self.authentication,
        )
        body: dict[str, Any] = {
            "access_token": issued.value,
            "token_type": "Bearer",
            "expires_in": issued.expires_in,
            "scope": target.scope,
        }
        if "openid" in self.granted.split():
            body["id_token"] = issuer.id_token(
                work,
                self.client,
                self.account,
                scope=self.granted,
                authentication=self.authentication,
                access_token=issued.value,
            )
        return body

    def new_refresh_token(self, work: Work, issuer: Issuer) -> IssuedToken:
        return issuer.refresh_token(
            work,
            self.client,
            self.account.key,
            family=self.family,
            scope=self.granted,
            authentication=self.authentication,
            expires_at=self.refresh_expires_at,
            resource=self.resource,
        )
