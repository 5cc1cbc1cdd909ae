"""Whom an access token is for (RFC 8707 2).

Example: a portal with scope `openid uma_policy owner offline_access` asks
`resource=https://rs.example/fhir` and gets a token with `aud=["https://rs.example/fhir"]` and scope
`owner`; without `resource` it gets `aud=[issuer]` and all the other scopes.
"""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from as_server.errors import InvalidTarget
from as_server.models import client as clients

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
