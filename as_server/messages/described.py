"""Bodies with a reader of their own, as `/openapi.json` describes them to programs.

Their readers stand where they are read, since the errors of each are its specification's own:
`invalid_scope` and `invalid_resource_id` (FedAuthz 4.3), `invalid_client_metadata` and
`invalid_redirect_uri` (RFC 7591 3.2.2), the members of a policy by their place in it. A test holds
these members against those that the readers know.
"""

from typing import Any, Literal

from pydantic import BaseModel


class PermissionRequest(BaseModel):
    """What a client attempted (FedAuthz 4.1)."""

    resource_id: str
    resource_scopes: list[str]


class ResourceDescription(BaseModel):
    """What a resource server protects (FedAuthz 3.1)."""

    resource_scopes: list[str]
    name: str = ""
    description: str = ""
    icon_uri: str = ""
    type: str = ""
    heart_uma_kind: str = ""
    heart_uma_record: str = ""


class SharingPolicyBody(BaseModel):
    """A rule of an owner's (docs/explanation/policy.md)."""

    id: str
    version: int = 0
    state: Literal["draft", "on", "paused", "ended"] = "draft"
    effect: Literal["permit", "deny"] = "permit"
    ask_me: bool = False
    who: dict[str, Any]
    what: dict[str, Any]
    why: list[str] = []
    say_why: bool = False
    when: dict[str, Any] = {}
    paused_until: str | None = None
    tell: dict[str, Any] = {}
    label: dict[str, Any] = {}


class ClientRegistration(BaseModel):
    """The metadata of a client (RFC 7591 2)."""

    client_name: str = ""
    client_uri: str = ""
    contacts: list[str] = []
    redirect_uris: list[str] = []
    post_logout_redirect_uris: list[str] = []
    claims_redirect_uris: list[str] = []
    grant_types: list[str] = ["authorization_code"]
    response_types: list[str] = ["code"]
    scope: str = ""
    application_type: Literal["web", "native"] = "web"
    subject_type: Literal["pairwise"] = "pairwise"
    token_endpoint_auth_method: Literal["private_key_jwt", "none"] = "private_key_jwt"  # noqa: S105 - a method
    token_endpoint_auth_signing_alg: str = ""
    id_token_signed_response_alg: str = ""
    jwks: dict[str, Any] = {}
    jwks_uri: str = ""
    software_id: str = ""
    software_version: str = ""
    software_statement: str = ""
    heart_uma_resource_server: dict[str, Any] = {}
