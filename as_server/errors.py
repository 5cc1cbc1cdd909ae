"""The errors of the authorization server: one class per wire code, one handler.

OAuth codes follow RFC 6749 5.2 and RFC 6750 3.1, UMA codes Grant 3.3.6 and FedAuthz 6. Texts are
fixed sentences: nothing a caller sent is repeated, so no input can break or inject an answer.
"""

import logging
import re
import secrets
from typing import Any

from authlib.oauth2.rfc6749 import OAuth2Error
from flask import Flask, Response, g, jsonify, render_template, request
from werkzeug.exceptions import HTTPException, InternalServerError, MethodNotAllowed

from heart_ground.durable.unavailable import is_outage, words_of

PAGE_BLUEPRINTS = frozenset({"authorization", "login", "accounts", "allowed_apps", "end_session"})
# RFC 6749 5.2: the characters that an error_description may hold; Authlib raises on any other.
_FORBIDDEN = re.compile(r"[^\x20-\x21\x23-\x5B\x5D-\x7E]")
RETRY_AFTER = "5"
JSON_CODES = {404: "not_found", 405: "invalid_request", 413: "invalid_request"}

log = logging.getLogger("as_server")


class WireError(OAuth2Error):  # type: ignore[misc]
    """An error with a code, a status and, where a specification says so, more members."""

    error = "invalid_request"
    status_code = 400

    def __init__(
        self, description: str = "", *, headers: dict[str, str] | None = None, **members: Any
    ) -> None:
        super().__init__(description=_FORBIDDEN.sub("?", description) or None)
        self.members = {key: value for key, value in members.items() if value is not None}
        self.extra_headers = headers or {}

    def get_body(self) -> list[tuple[str, Any]]:
        return [*super().get_body(), *self.members.items()]

    def get_headers(self) -> list[tuple[str, str]]:
        return [*super().get_headers(), *self.extra_headers.items()]


class InvalidRequest(WireError):
    error = "invalid_request"


class InvalidClient(WireError):
    """Client authentication failed: always 401; only who holds the key learns what was wrong."""

    error = "invalid_client"
    status_code = 401


class InvalidGrant(WireError):
    error = "invalid_grant"


class InvalidScope(WireError):
    error = "invalid_scope"


class InvalidTarget(WireError):
    """RFC 8707 2: the resource is unknown or cannot be asked for here."""

    error = "invalid_target"


class UnauthorizedClient(WireError):
    error = "unauthorized_client"


class UnsupportedResponseType(WireError):
    error = "unsupported_response_type"


class RequestNotSupported(WireError):
    error = "request_not_supported"


class RequestUriNotSupported(WireError):
    error = "request_uri_not_supported"


class AccessDenied(WireError):
    error = "access_denied"


class LoginRequired(WireError):
    """OIDC Core 3.1.2.6: prompt=none, and somebody has to sign in."""

    error = "login_required"


class AccountSelectionRequired(WireError):
    error = "account_selection_required"


class ConsentRequired(WireError):
    error = "consent_required"


class UnsupportedGrantType(WireError):
    error = "unsupported_grant_type"


class InvalidClientMetadata(WireError):
    error = "invalid_client_metadata"


class InvalidRedirectUri(WireError):
    error = "invalid_redirect_uri"


class InvalidSoftwareStatement(WireError):
    error = "invalid_software_statement"


class UnapprovedSoftwareStatement(WireError):
    error = "unapproved_software_statement"


class NeedInfo(WireError):
    """Grant 3.3.6: more claims are needed; the answer carries a new ticket."""

    error = "need_info"
    status_code = 403


class RequestDenied(WireError):
    error = "request_denied"
    status_code = 403


class RequestSubmitted(WireError):
    """Grant 3.3.6: the owner was asked; the answer carries a new ticket to poll with."""

    error = "request_submitted"
    status_code = 403


class InvalidResourceId(WireError):
    error = "invalid_resource_id"


class NotFound(WireError):
    """FedAuthz 6: the same for a foreign and an unknown object."""

    error = "not_found"
    status_code = 404


class UnsupportedMethodType(WireError):
    error = "unsupported_method_type"
    status_code = 405


class VersionConflict(WireError):
    error = "version_conflict"
    status_code = 409


class AlreadyAnswered(WireError):
    error = "already_answered"
    status_code = 409


class TooManyRequests(WireError):
    error = "too_many_requests"
    status_code = 429


class BearerRequired(WireError):
    """RFC 6750 3: no token was sent, so the challenge names no error."""

    error = "invalid_token"
    status_code = 401


class InvalidToken(WireError):
    error = "invalid_token"
    status_code = 401


class InsufficientScope(WireError):
    error = "insufficient_scope"
    status_code = 403


class PageError(Exception):
    """What a person sees when a page cannot go on (A6)."""

    def __init__(self, sentence: str, *, status: int = 400, client_name: str | None = None) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.status = status
        self.client_name = client_name


def register(app: Flask) -> None:
    app.register_error_handler(OAuth2Error, _on_wire_error)
    app.register_error_handler(PageError, _on_page_error)
    app.register_error_handler(HTTPException, _on_http_error)
    app.register_error_handler(Exception, _on_unknown)


def _on_wire_error(error: OAuth2Error) -> Response:
    response = jsonify(dict(error.get_body()))
    response.status_code = error.status_code
    for name, value in error.get_headers():
        if name.lower() not in ("content-type", "cache-control", "pragma"):
            response.headers[name] = value
    return response


def _on_page_error(error: PageError) -> Response:
    return _page(error.sentence, error.status, error.client_name)


def _on_http_error(error: HTTPException) -> Response:
    if isinstance(error, InternalServerError) and error.original_exception is not None:
        # Something failed after the endpoint had answered: the commit, most likely.
        return _on_unknown(error.original_exception)
    status = error.code or 500
    if request.blueprint in PAGE_BLUEPRINTS or _is_lost_person():
        response = _page("This page does not exist or cannot be used like this.", status)
    else:
        code = JSON_CODES.get(status, "invalid_request" if status < 500 else "server_error")
        response = jsonify(error=code, error_description=error.name)
        response.status_code = status
    if isinstance(error, MethodNotAllowed) and error.valid_methods:
        response.headers["Allow"] = ", ".join(sorted(error.valid_methods))
    return response


def _is_lost_person() -> bool:
    """A browser at an address that nothing answers; programs get JSON."""
    offers = ("application/json", "text/html")
    return request.blueprint is None and request.accept_mimetypes.best_match(offers) == offers[1]


def _on_unknown(error: BaseException) -> Response:
    if is_outage(error):
        return _on_outage(error)
    support_code = secrets.token_hex(4)
    # The traceback goes to the log; the answer carries only the code to find it by.
    log.error("unhandled error %s", support_code, exc_info=error)
    if request.blueprint in PAGE_BLUEPRINTS:
        return _page("Something broke on our side.", 500, support_code=support_code)
    response = jsonify(error="server_error", error_description=f"Support code {support_code}")
    response.status_code = 500
    return response


def _on_outage(error: BaseException) -> Response:
    """The database is gone, full or overtaxed: the same request may be sent again (RFC 9110
    15.6.4)."""
    g.outage = error
    log.error("the database does not serve this now: %s", words_of(error))
    if request.blueprint in PAGE_BLUEPRINTS:
        response = _page("This service has no access to its data right now. Wait a minute.", 503)
    else:
        response = jsonify(
            error="temporarily_unavailable", error_description="The database does not answer now."
        )
        response.status_code = 503
    response.headers["Retry-After"] = RETRY_AFTER
    return response


def _page(
    sentence: str, status: int, client_name: str | None = None, support_code: str | None = None
) -> Response:
    html = render_template(
        "error.html",
        sentence=sentence,
        client_name=client_name,
        # What broke while a form was carried out may have been done: the commit can fail last.
        unknown=status >= 500 and request.method == "POST",
        support_code=support_code or secrets.token_hex(4),
    )
    return Response(html, status=status, mimetype="text/html")
