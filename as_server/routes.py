"""Every address of this server, one row each, in the order of the metadata document.

The address map, the three metadata documents, `/openapi.json`, the headers and faces of answers,
what waits while the disk is full and the reference page read these rows and nothing else.
"""

from __future__ import annotations

from typing import Final

from flask import Flask

from as_server.endpoints import (
    activity,
    authorization,
    changed_outcomes,
    claims_interaction,
    discovery,
    end_session,
    health,
    introspection,
    invitation,
    jwks,
    notices,
    openapi,
    people,
    permission,
    policy,
    policy_preview,
    policy_records,
    registration,
    resource_registration,
    revocation,
    submitted_request,
    token,
    userinfo,
)
from as_server.messages.bodies import (
    Inviting,
    NoticeChoices,
    NoticesRead,
    OwnersAnswer,
    Preview,
    Previews,
    Recognised,
)
from as_server.messages.described import (
    ClientRegistration,
    PermissionRequest,
    ResourceDescription,
    SharingPolicyBody,
)
from as_server.pages import (
    accounts,
    allowed_apps,
    help,
    invitation_link,
    invited,
    invited_waiting,
    login,
)
from as_server.route import Face, Form, Needs, Route

PAT, POLICY, OPENID, CLIENT = Needs.PAT, Needs.POLICY, Needs.OPENID, Needs.CLIENT
PAGE, PUBLIC = Face.PAGE, Face.PUBLIC

_REQUEST = (
    *("response_type", "client_id", "redirect_uri", "scope", "state", "nonce", "code_challenge"),
    *("code_challenge_method", "prompt", "max_age", "login_hint", "id_token_hint", "resource"),
)
_CLAIMS = ("client_id", "ticket", "claims_redirect_uri", "state")
_PROOF = ("client_id", "client_assertion_type", "client_assertion")
_TOKEN = (
    *("grant_type", "code", "redirect_uri", "code_verifier", "refresh_token", "scope", "resource"),
    *("ticket", "claim_token", "claim_token_format", "pct", "rpt", "purpose_of_use", "reason"),
    *("requested_until", "ask_id", "replaces", "withdraw"),
)
_TOKENS = (
    *("access_token", "token_type", "expires_in", "scope", "refresh_token", "id_token"),
    *("pct", "upgraded", "heart_uma_until", "heart_uma_incomplete", "heart_uma_other_places"),
    "heart_uma_request",
)
_METADATA = ("issuer", "authorization_endpoint", "token_endpoint", "jwks_uri")
_IDENTITY = ("_id", "user_access_policy_uri")
_PERSON = ("key", "name", "role", "role_code", "organization", "place", "checked_by")
_EFFECT = ("policy", "effect")
_CHOICES = ("requests", "decisions", "looks", "refused", "by_mail", "mail")
_HINTS = ("id_token_hint", "post_logout_redirect_uri", "client_id", "state")


def _form(*members: str, proof: bool = False, required: tuple[str, ...] = ()) -> Form:
    return Form((*members, *(_PROOF if proof else ())), required)


def _page_form(*members: str) -> Form:
    return Form(("csrf_token", *members))


def _texts(*names: str) -> dict[str, type]:
    return dict.fromkeys(names, str)


_WELL_KNOWN = ("uma2-configuration", "openid-configuration", "oauth-authorization-server")
_ONE_RESOURCE = "/resource/<resource_id>"
_ONE_POLICY = "/policy/<policy_id>"

ROUTES: Final[tuple[Route, ...]] = (
    *(
        Route("GET", f"/.well-known/{name}", discovery.read, "The metadata document",
              gives=_METADATA, face=PUBLIC)
        for name in _WELL_KNOWN
    ),
    Route("GET", "/authorize", authorization.read, "Ask a person for a code (RFC 6749 4.1.1)", 303,
          (400,), query=_texts(*_REQUEST), key="authorization_endpoint", face=PAGE),
    Route("POST", "/authorize", authorization.create, "The same, sent as a form", 303, (400,),
          takes=Form(_REQUEST), face=PAGE),
    Route("GET", "/authorize/<key>", authorization.resume, "Go on with a waiting request", 303,
          (400,), face=PAGE),
    Route("POST", "/authorize/<key>", authorization.decide, "Agree or refuse", 303, (400, 403),
          takes=_page_form("decision", "scope"), face=PAGE),
    Route("POST", "/token", token.create,
          "Trade a code, refresh token or ticket (RFC 6749 3.2, Grant 3.3)",
          200, (400, 401, 403), CLIENT, _form(*_TOKEN, proof=True, required=("grant_type",)),
          gives=_TOKENS, key="token_endpoint", for_apps=True),
    Route("GET", "/claims", claims_interaction.read,
          "Ask a person what a ticket still needs (Grant 3.3.2)", 303, (400,),
          query=_texts(*_CLAIMS), key="claims_interaction_endpoint", face=PAGE),
    Route("GET", "/claims/answer", claims_interaction.resume, "The page that asks her", 200, (400,),
          query=_texts("pending"), face=PAGE),
    Route("POST", "/claims/answer", claims_interaction.decide, "Her answer (Grant 3.3.3)", 303,
          (400, 403), face=PAGE,
          takes=_page_form("pending", "decision", "purpose", "words", "remember")),
    Route("POST", "/introspect", introspection.create,
          "What a token is worth now (RFC 7662, FedAuthz 5)", 200, (400, 401, 403), PAT,
          _form("token", "token_type_hint", proof=True, required=("token",)),
          gives=("active",), key="introspection_endpoint"),
    Route("POST", "/revoke", revocation.create, "End a token (RFC 7009)", 200, (400, 401), CLIENT,
          _form("token", "token_type_hint", proof=True, required=("token",)),
          key="revocation_endpoint", for_apps=True),
    Route("POST", "/register", registration.create, "Register a client (RFC 7591)", 201,
          (400, 429), takes=ClientRegistration, gives=("client_id", "client_id_issued_at"),
          key="registration_endpoint", grants=True, for_apps=True),
    Route("GET", "/userinfo", userinfo.read, "Claims about the person (OIDC Core 5.3)", 200,
          (401, 403), OPENID, gives=("sub",), key="userinfo_endpoint", for_apps=True),
    Route("POST", "/userinfo", userinfo.read, "Claims about the person (OIDC Core 5.3)", 200,
          (401, 403), OPENID, gives=("sub",), for_apps=True),
    Route("GET", "/logout", end_session.read, "Sign out (RP-Initiated Logout)",
          query=_texts(*_HINTS), key="end_session_endpoint", face=PAGE),
    Route("POST", "/logout", end_session.create, "Confirm signing out", 200, (403,),
          takes=_page_form("account"), face=PAGE),
    Route("GET", "/jwks", jwks.read, "The public keys (RFC 7517)", gives=("keys",),
          key="jwks_uri", face=PUBLIC),
    Route("POST", "/resource", resource_registration.create,
          "Register a resource (FedAuthz 3.2.1)", 201, (400, 401, 403), PAT, ResourceDescription,
          gives=_IDENTITY, key="resource_registration_endpoint", grants=True),
    Route("GET", "/resource", resource_registration.list_all, "List resources (FedAuthz 3.2.5)",
          200, (401, 403), PAT),
    Route("GET", _ONE_RESOURCE, resource_registration.read, "Read one (FedAuthz 3.2.2)", 200,
          (401, 403, 404), PAT, gives=("_id", "resource_scopes")),
    Route("PUT", _ONE_RESOURCE, resource_registration.update, "Replace one (FedAuthz 3.2.3)", 200,
          (400, 401, 403, 404), PAT, ResourceDescription, gives=("_id",)),
    Route("DELETE", _ONE_RESOURCE, resource_registration.delete, "Remove one (FedAuthz 3.2.4)",
          204, (401, 403, 404), PAT),
    Route("POST", "/permission", permission.create, "Ask for a permission ticket (FedAuthz 4)",
          201, (400, 401, 403), PAT, PermissionRequest, gives=("ticket",),
          key="permission_endpoint", grants=True),
    Route("GET", "/policy", policy.list_all, "The owner's policies", 200, (401, 403), POLICY,
          gives=("policies",), key="policy_endpoint"),
    Route("GET", _ONE_POLICY, policy.read, "One policy", 200, (401, 403, 404), POLICY,
          gives=("policy",)),
    Route("PUT", _ONE_POLICY, policy.update, "Create (201) or replace (200) a policy", 200,
          (400, 401, 403, 409), POLICY, SharingPolicyBody, gives=_EFFECT),
    Route("DELETE", _ONE_POLICY, policy.delete, "End a policy", 200, (401, 403, 404), POLICY,
          gives=_EFFECT),
    Route("GET", f"{_ONE_POLICY}/history", policy.history, "Its versions", 200, (401, 403, 404),
          POLICY, gives=("versions",)),
    Route("POST", f"{_ONE_POLICY}/invitation", invitation.create,
          "Invite somebody without an account", 201, (400, 401, 403, 404, 429), POLICY, Inviting,
          gives=("invitation", "link", "code", "passcode")),
    Route("GET", f"{_ONE_POLICY}/invitation", invitation.read, "What became of it", 200,
          (401, 403, 404), POLICY, gives=("invitation",)),
    Route("POST", f"{_ONE_POLICY}/invitation/answer", invitation.answer,
          "The owner recognised who came", 200, (400, 401, 403, 404, 409), POLICY, Recognised,
          gives=_EFFECT),
    Route("POST", "/policy/preview", policy_preview.create,
          "What a draft or a party would be given", 200, (400, 401, 403), POLICY, Preview,
          gives=("party", "records")),
    Route("POST", "/policy/previews", policy_preview.create_many,
          "The same for several at once", 200, (400, 401, 403), POLICY, Previews,
          gives=("previews",)),
    Route("DELETE", "/policy/changed-outcomes", changed_outcomes.delete,
          "The owner has seen what an upgrade narrowed", 204, (401, 403), POLICY),
    Route("GET", "/policy/records", policy_records.list_all, "The owner's linked records", 200,
          (401, 403), POLICY, gives=("records",)),
    Route("DELETE", "/policy/records", policy_records.delete, "Unlink a record", 200,
          (401, 403, 404), POLICY, query=_texts("record", "client_id"),
          gives=("record", "effect")),
    Route("GET", "/people", people.search, "Find a person to share with", 200,
          (400, 401, 403, 429), POLICY, query=_texts("q"), gives=("people",),
          key="people_endpoint"),
    Route("GET", "/people/me", people.read_own, "The owner herself", 200, (401, 403), POLICY,
          gives=_PERSON),
    Route("GET", "/requests", submitted_request.list_all, "What waits for the owner", 200,
          (400, 401, 403), POLICY, query=_texts("state"), gives=("requests", "unread_notices"),
          key="submitted_request_endpoint"),
    Route("GET", "/requests/<request_id>", submitted_request.read, "One request", 200,
          (401, 403, 404), POLICY, gives=("request",)),
    Route("POST", "/requests/<request_id>/answer", submitted_request.answer, "Answer it", 200,
          (400, 401, 403, 404, 409), POLICY, OwnersAnswer, gives=("request", "policy", "effect")),
    Route("GET", "/activity", activity.list_all, "The history the owner may read", 200,
          (400, 401, 403), POLICY, query={"count": int, "before": int, "event": str},
          gives=("entries", "next")),
    Route("GET", "/notices", notices.list_all, "What the owner is told of", 200,
          (400, 401, 403), POLICY, query={"count": int, "before": str},
          gives=("entries", "next", "unread", "read_up_to")),
    Route("PUT", "/notices/read", notices.mark, "She has read so far", 204, (400, 401, 403), POLICY,
          NoticesRead),
    Route("GET", "/notices/choices", notices.choices, "What she wants to be told of", 200,
          (401, 403), POLICY, gives=_CHOICES),
    Route("PUT", "/notices/choices", notices.choose, "Choose it", 200, (400, 401, 403), POLICY,
          NoticeChoices, gives=_CHOICES),
    Route("GET", "/login", login.read, "The sign-in page", query=_texts("pending"), face=PAGE),
    Route("POST", "/login", login.create, "Sign in", 303, (401, 403, 429),
          takes=_page_form("username", "password", "persona", "pending"), face=PAGE),
    Route("GET", "/accounts", accounts.read, "Who is using this now?", query=_texts("pending"),
          key="accounts_uri", face=PAGE),
    Route("POST", "/accounts", accounts.create, "Choose a person", 303, (400, 403),
          takes=_page_form("account", "pending"), face=PAGE),
    Route("GET", "/apps", allowed_apps.read, "The apps this person allowed",
          key="allowed_apps_uri", face=PAGE),
    Route("POST", "/apps/stop", allowed_apps.delete, "End what one app may do", 303, (403,),
          takes=_page_form("client_id"), face=PAGE),
    Route("GET", "/help", help.read, "Help in plain words", face=PAGE),
    Route("GET", "/invitation", invitation_link.read, "Enter the code of an invitation",
          face=PAGE),
    Route("GET", "/invitation/<link>", invitation_link.read, "The same by its link", face=PAGE),
    Route("POST", "/invitation", invitation_link.create, "Enter the passcode", 303,
          (401, 403, 429), takes=_page_form("link", "code", "passcode"), face=PAGE),
    Route("GET", "/invitation/way-in", invited.read, "How an invited person comes in", 200,
          (400,), query=_texts("key"), face=PAGE),
    Route("POST", "/invitation/account", invited.create, "An account for an invited person", 303,
          (400, 403), takes=_page_form("key", "name", "username", "password", "again"), face=PAGE),
    Route("POST", "/invitation/sign-in", invited.sign_in, "The account that she has", 303,
          (400, 403, 429), takes=_page_form("key", "username", "password"), face=PAGE),
    Route("GET", "/invitation/waiting", invited_waiting.read, "Whether the owner said yes", 200,
          (400,), query=_texts("key"), face=PAGE),
    Route("GET", "/openapi.json", openapi.read, "This document",
          gives=("openapi", "info", "paths"), face=PUBLIC),
    Route("GET", "/healthz", None, "The process is up", gives=("status",)),
    Route("GET", "/readyz", None, "It can do its work", refuses=(503,), gives=("status",)),
    Route("GET", "/metrics", None, "Figures for Prometheus, if switched on", refuses=(404,),
          media="text/plain"),
)  # fmt: skip
REFUSED: Final = (
    ("/resource", resource_registration.unsupported_on_all, ("PUT", "PATCH", "DELETE")),
    (_ONE_RESOURCE, resource_registration.unsupported_on_one, ("POST", "PATCH")),
)
"""Methods that are answered by `unsupported_method_type` (FedAuthz 6)."""


def register(app: Flask) -> dict[str, Route]:
    """Put every row into the address map of `app`; the rows by the name of their address."""
    rows = {}
    for route in ROUTES:
        if route.answers is not None:
            app.add_url_rule(route.path, route.endpoint, route.answers, methods=[route.method])
            rows[route.endpoint] = route
    for path, answers, methods in REFUSED:
        app.add_url_rule(
            path, f"resource_registration.{answers.__name__}", answers, methods=methods
        )
    app.register_blueprint(health.bp)
    return rows


def addresses() -> dict[str, str]:
    """Member of the metadata document -> path, in the order of the rows."""
    return {route.key: route.path for route in ROUTES if route.key}
