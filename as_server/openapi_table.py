"""Every operation of this server as one table, and the OpenAPI 3.1 document made from it.

A test holds the table against the routes: an endpoint cannot be added or dropped in one place only.
"""

import re
from dataclasses import dataclass
from typing import Any, Final

FORM: Final = "application/x-www-form-urlencoded"
JSON: Final = "application/json"
HTML: Final = "text/html"

PAT: Final = ("pat", "uma_protection")
POLICY: Final = ("bearer", "uma_policy")
OPENID: Final = ("bearer", "openid")
CLIENT: Final = ("client_assertion", "")


@dataclass(frozen=True, slots=True)
class Operation:
    """One method on one path. `ok` is the status of success, `refuses` the statuses of errors."""

    method: str
    path: str
    summary: str
    ok: int = 200
    gives: str = JSON
    answer: tuple[str, ...] = ()
    takes: str = ""
    members: tuple[str, ...] = ()
    required: tuple[str, ...] = ()
    query: tuple[str, ...] = ()
    auth: tuple[str, str] | None = None
    refuses: tuple[int, ...] = ()


_CLIENT_FORM = ("client_id", "client_assertion_type", "client_assertion")
_EFFECT = ("policy", "effect")
_METADATA = ("issuer", "authorization_endpoint", "token_endpoint", "jwks_uri")
_REQUEST = (
    *("response_type", "client_id", "redirect_uri", "scope", "state", "nonce", "code_challenge"),
    *("code_challenge_method", "prompt", "max_age", "login_hint", "id_token_hint", "resource"),
)
_DESCRIPTION = (
    *("resource_scopes", "name", "description", "icon_uri", "type"),
    *("heart_uma_kind", "heart_uma_record"),
)
_REGISTRATION = (
    *("client_name", "redirect_uris", "grant_types", "response_types", "scope", "jwks"),
    *("jwks_uri", "token_endpoint_auth_method", "application_type", "post_logout_redirect_uris"),
    *("client_uri", "contacts", "software_id", "id_token_signed_response_alg"),
    *(
        "token_endpoint_auth_signing_alg",
        "subject_type",
        "software_version",
        "software_statement",
        "heart_uma_resource_server",
    ),
    "claims_redirect_uris",
)
_TOKEN = (
    *("grant_type", "code", "redirect_uri", "code_verifier", "refresh_token", "scope", "resource"),
    *("ticket", "claim_token", "claim_token_format", "pct", "rpt", "purpose_of_use", "reason"),
    *("requested_until", "ask_id", "replaces", "withdraw", *_CLIENT_FORM),
)
_TOKENS = (
    *("access_token", "token_type", "expires_in", "scope", "refresh_token", "id_token"),
    *("upgraded", "heart_uma_until", "heart_uma_incomplete", "heart_uma_other_places"),
    "heart_uma_request",
)
_PEOPLE = ("key", "name", "role", "role_code", "organization", "place", "checked_by")
_PAGE_FORM = ("csrf_token",)

OPERATIONS: Final = (
    *(
        Operation("GET", f"/.well-known/{name}", "The metadata document", answer=_METADATA)
        for name in ("uma2-configuration", "openid-configuration", "oauth-authorization-server")
    ),
    Operation("GET", "/authorize", "Ask a person for a code (RFC 6749 4.1.1)", 303, HTML,
              query=_REQUEST, refuses=(400,)),
    Operation("POST", "/authorize", "The same, sent as a form", 303, HTML, takes=FORM,
              members=_REQUEST, refuses=(400,)),
    Operation("GET", "/authorize/{key}", "Go on with a waiting request", 303, HTML,
              refuses=(400,)),
    Operation("POST", "/authorize/{key}", "Agree or refuse", 303, HTML, takes=FORM,
              members=(*_PAGE_FORM, "decision", "scope"), refuses=(400, 403)),
    Operation("POST", "/token", "Trade a code, refresh token or ticket (RFC 6749 3.2, Grant 3.3)",
              answer=_TOKENS, takes=FORM, members=_TOKEN, required=("grant_type",), auth=CLIENT,
              refuses=(400, 401, 403)),
    Operation("POST", "/introspect", "What a token is worth now (RFC 7662, FedAuthz 5)",
              answer=("active",), takes=FORM, members=("token", "token_type_hint", *_CLIENT_FORM),
              required=("token",), auth=PAT, refuses=(400, 401, 403)),
    Operation("POST", "/revoke", "End a token (RFC 7009)", takes=FORM,
              members=("token", "token_type_hint", *_CLIENT_FORM), required=("token",),
              auth=CLIENT, refuses=(400, 401)),
    Operation("POST", "/register", "Register a client (RFC 7591)", 201,
              answer=("client_id", "client_id_issued_at"), takes=JSON, members=_REGISTRATION,
              refuses=(400, 429)),
    *(
        Operation(method, "/userinfo", "Claims about the person (OIDC Core 5.3)",
                  answer=("sub",), auth=OPENID, refuses=(401, 403))
        for method in ("GET", "POST")
    ),
    Operation("GET", "/logout", "Sign out (RP-Initiated Logout)", gives=HTML,
              query=("id_token_hint", "post_logout_redirect_uri", "client_id", "state")),
    Operation("POST", "/logout", "Confirm signing out", gives=HTML, takes=FORM,
              members=(*_PAGE_FORM, "account"), refuses=(403,)),
    Operation("GET", "/jwks", "The public keys (RFC 7517)", answer=("keys",)),
    Operation("POST", "/resource", "Register a resource (FedAuthz 3.2.1)", 201,
              answer=("_id", "user_access_policy_uri"), takes=JSON, members=_DESCRIPTION,
              required=("resource_scopes",), auth=PAT, refuses=(400, 401, 403)),
    Operation("GET", "/resource", "List resources (FedAuthz 3.2.5)", auth=PAT,
              refuses=(401, 403)),
    Operation("GET", "/resource/{resource_id}", "Read one (FedAuthz 3.2.2)",
              answer=("_id", "resource_scopes"), auth=PAT, refuses=(401, 403, 404)),
    Operation("PUT", "/resource/{resource_id}", "Replace one (FedAuthz 3.2.3)",
              answer=("_id",), takes=JSON, members=_DESCRIPTION, required=("resource_scopes",),
              auth=PAT, refuses=(400, 401, 403, 404)),
    Operation("DELETE", "/resource/{resource_id}", "Remove one (FedAuthz 3.2.4)", 204, "",
              auth=PAT, refuses=(401, 403, 404)),
    Operation("POST", "/permission", "Ask for a permission ticket (FedAuthz 4)", 201,
              answer=("ticket",), takes=JSON, members=("resource_id", "resource_scopes"),
              auth=PAT, refuses=(400, 401, 403)),
    Operation("GET", "/policy", "The owner's policies", answer=("policies",), auth=POLICY,
              refuses=(401, 403)),
    Operation("GET", "/policy/{policy_id}", "One policy", answer=("policy",), auth=POLICY,
              refuses=(401, 403, 404)),
    Operation("PUT", "/policy/{policy_id}", "Create (201) or replace (200) a policy",
              answer=_EFFECT, takes=JSON, members=("state", "effect", "who", "what", "version"),
              auth=POLICY, refuses=(400, 401, 403, 409)),
    Operation("DELETE", "/policy/{policy_id}", "End a policy", answer=_EFFECT, auth=POLICY,
              refuses=(401, 403, 404)),
    Operation("GET", "/policy/{policy_id}/history", "Its versions", answer=("versions",),
              auth=POLICY, refuses=(401, 403, 404)),
    Operation("POST", "/policy/preview", "What a draft or a party would be given",
              answer=("party", "records"), takes=JSON,
              members=("policy", "instead_of", "party", "without"),
              auth=POLICY, refuses=(400, 401, 403)),
    Operation("DELETE", "/policy/changed-outcomes", "The owner has seen what an upgrade narrowed",
              ok=204, auth=POLICY, refuses=(401, 403)),
    Operation("GET", "/policy/records", "The owner's linked records", answer=("records",),
              auth=POLICY, refuses=(401, 403)),
    Operation("DELETE", "/policy/records", "Unlink a record", answer=("record", "effect"),
              query=("record", "client_id"), auth=POLICY, refuses=(401, 403, 404)),
    Operation("GET", "/people", "Find a person to share with", answer=("people",), query=("q",),
              auth=POLICY, refuses=(400, 401, 403, 429)),
    Operation("GET", "/people/me", "The owner herself", answer=_PEOPLE, auth=POLICY,
              refuses=(401, 403)),
    Operation("GET", "/requests", "What waits for the owner", answer=("requests",),
              query=("state",), auth=POLICY, refuses=(400, 401, 403)),
    Operation("GET", "/requests/{request_id}", "One request", answer=("request",), auth=POLICY,
              refuses=(401, 403, 404)),
    Operation("POST", "/requests/{request_id}/answer", "Answer it",
              answer=("request", "policy", "effect"), takes=JSON,
              members=("answer", "policy", "tell_reason", "block"), required=("answer",),
              auth=POLICY, refuses=(400, 401, 403, 404, 409)),
    Operation("GET", "/activity", "The history the owner may read", answer=("entries", "next"),
              query=("count", "before", "event"), auth=POLICY, refuses=(400, 401, 403)),
    Operation("GET", "/login", "The sign-in page", gives=HTML, query=("pending",)),
    Operation("POST", "/login", "Sign in", 303, HTML, takes=FORM,
              members=(*_PAGE_FORM, "username", "password", "persona", "pending"),
              refuses=(401, 403, 429)),
    Operation("GET", "/accounts", "Who is using this now?", gives=HTML, query=("pending",)),
    Operation("POST", "/accounts", "Choose a person", 303, HTML, takes=FORM,
              members=(*_PAGE_FORM, "account", "pending"), refuses=(400, 403)),
    Operation("GET", "/apps", "The apps this person allowed", gives=HTML),
    Operation("POST", "/apps/stop", "End what one app may do", 303, HTML, takes=FORM,
              members=(*_PAGE_FORM, "client_id"), refuses=(403,)),
    Operation("GET", "/openapi.json", "This document", answer=("openapi", "info", "paths")),
    Operation("GET", "/healthz", "The process is up", answer=("status",)),
    Operation("GET", "/readyz", "It can do its work", answer=("status",), refuses=(503,)),
    Operation("GET", "/metrics", "Figures for Prometheus, if switched on", gives="text/plain",
              refuses=(404,)),
)  # fmt: skip


def document(issuer: str) -> dict[str, Any]:
    """The OpenAPI 3.1 document."""
    paths: dict[str, dict[str, Any]] = {}
    for operation in OPERATIONS:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _operation(operation)
    return {
        "openapi": "3.1.0",
        "info": {"title": "heart-uma authorization server", "version": "0.1.0"},
        "servers": [{"url": issuer}],
        "paths": paths,
        "components": {
            "schemas": {"Error": _object(("error", "error_description"), ("error",))},
            "securitySchemes": {
                "pat": {"type": "http", "scheme": "bearer"},
                "bearer": {"type": "http", "scheme": "bearer"},
            },
        },
    }


def _operation(operation: Operation) -> dict[str, Any]:
    described: dict[str, Any] = {
        "summary": operation.summary,
        "parameters": _parameters(operation),
        "responses": {str(operation.ok): _success(operation)}
        | {str(status): _refusal(operation, status) for status in operation.refuses},
    }
    if operation.takes:
        schema = _object(operation.members, operation.required)
        described["requestBody"] = {
            "required": True,
            "content": {operation.takes: {"schema": schema}},
        }
    if operation.auth is not None and operation.auth != CLIENT:
        described["security"] = [{operation.auth[0]: [operation.auth[1]]}]
    return described


def _parameters(operation: Operation) -> list[dict[str, Any]]:
    text = {"type": "string"}
    in_path = [
        {"name": name, "in": "path", "required": True, "schema": text}
        for name in re.findall(r"{(\w+)}", operation.path)
    ]
    return in_path + [{"name": name, "in": "query", "schema": text} for name in operation.query]


def _success(operation: Operation) -> dict[str, Any]:
    answered: dict[str, Any] = {"description": operation.summary}
    if operation.gives == JSON:
        answered["content"] = {JSON: {"schema": _object(operation.answer, ())}}
    elif operation.gives and operation.ok == 200:
        answered["content"] = {operation.gives: {"schema": {"type": "string"}}}
    return answered


def _refusal(operation: Operation, status: int) -> dict[str, Any]:
    if operation.gives == HTML:
        return {"description": "A page", "content": {HTML: {"schema": {"type": "string"}}}}
    error = {"$ref": "#/components/schemas/Error"}
    return {"description": f"Refused ({status})", "content": {JSON: {"schema": error}}}


def _object(members: tuple[str, ...], required: tuple[str, ...]) -> dict[str, Any]:
    schema: dict[str, Any] = {"properties": {name: {} for name in members}}
    if required:
        schema["required"] = list(required)
    return schema
