"""The errors of the authorization server: one class per wire code.

OAuth codes follow RFC 6749 5.2 and RFC 6750 3.1, UMA codes Grant 3.3.6 and FedAuthz 6. Texts are
fixed sentences: nothing a caller sent is repeated, so no input can break or inject an answer.
"""

import re
from typing import Any

from authlib.oauth2.rfc6749 import OAuth2Error

# RFC 6749 5.2: the characters that an error_description may hold; Authlib raises on any other.
_FORBIDDEN = re.compile(r"[^\x20-\x21\x23-\x5B\x5D-\x7E]")


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
    """What a person sees when a page cannot go on."""

    def __init__(self, sentence: str, *, status: int = 400, client_name: str | None = None) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.status = status
        self.client_name = client_name
