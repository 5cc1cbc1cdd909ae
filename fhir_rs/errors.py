"""Errors as FHIR answers: one class per issue code, one OperationOutcome each (FHIR R4 http).

The texts of refusals are fixed: they must not tell one hidden thing from another.
"""

from __future__ import annotations

import json
import logging
import uuid
from collections.abc import Iterable
from typing import Any

from flask import Flask, Response
from werkzeug.exceptions import HTTPException, InternalServerError
from werkzeug.exceptions import MethodNotAllowed as WrongMethod

from heart_ground.durable.unavailable import is_outage, words_of
from heart_uma.challenge import (
    AS_UNREACHABLE_WARNING,
    Challenge,
    format_challenge,
    to_extension,
)
from heart_uma.strict_json import StrictJsonError

FHIR_JSON = "application/fhir+json; charset=utf-8"
_log = logging.getLogger("fhir_rs")


class FhirError(Exception):
    """An answer other than success; `text` is for developers and holds no clinical content."""

    status = 500
    code = "exception"
    text = "The request could not be carried out."

    def __init__(self, text: str | None = None, *, expression: str | None = None) -> None:
        super().__init__(text or self.text)
        self.text = text or self.text
        self.expression = expression

    def headers(self) -> dict[str, str]:
        """Headers that belong to this answer."""
        return {}

    def outcome(self) -> dict[str, Any]:
        """The OperationOutcome of this answer."""
        issue: dict[str, Any] = {"severity": "error", "code": self.code, "diagnostics": self.text}
        if self.expression:
            issue["expression"] = [self.expression]
        return {"resourceType": "OperationOutcome", "issue": [issue]}


class Invalid(FhirError):
    """The request or the resource is not well formed."""

    status, code, text = 400, "invalid", "The request is not well formed."


class NotSupported(FhirError):
    """A parameter, modifier or interaction this server does not offer."""

    status, code, text = 400, "not-supported", "This server does not support that."


class LoginNeeded(FhirError):
    """No bearer token of the owner where one is needed (RFC 6750 3)."""

    status, code, text = 401, "login", "This needs an access token."

    def headers(self) -> dict[str, str]:
        return {"WWW-Authenticate": "Bearer"}


class AuthorizationNeeded(FhirError):
    """No RPT, or one that does not reach this interaction: a fresh ticket (Grant 3.2.1).

    The answer is a function of (record, type, interaction) only; nothing was looked up.
    """

    status, code, text = 401, "login", "This record is shared by its owner; ask for access."

    def __init__(self, challenge: Challenge) -> None:
        super().__init__()
        self.challenge = challenge

    def headers(self) -> dict[str, str]:
        return {"WWW-Authenticate": format_challenge(self.challenge)}

    def outcome(self) -> dict[str, Any]:
        # Two known clients drop headers, so the body carries the challenge too.
        return {**super().outcome(), "extension": [to_extension(self.challenge)]}


class AuthorizationServerUnreachable(FhirError):
    """No ticket to be had: 403 with the Warning of Grant 3.2.2."""

    status, code, text = 403, "transient", "The authorization server does not answer."

    def headers(self) -> dict[str, str]:
        return {"Warning": AS_UNREACHABLE_WARNING, "Retry-After": "5"}


class Forbidden(FhirError):
    """The token does not reach this interaction."""

    status, code, text = 403, "forbidden", "The token does not permit this."


class NotFound(FhirError):
    """Absent, or withheld: the same bytes (R4 security, access denied)."""

    status, code, text = 404, "not-found", "There is no such resource here."


class MethodNotAllowed(FhirError):
    """The interaction does not exist at this address; `allowed` are those that do."""

    status, code, text = 405, "not-supported", "That method does not exist here."

    def __init__(self, allowed: Iterable[str] = ()) -> None:
        super().__init__()
        self.allowed = ", ".join(sorted(allowed))

    def headers(self) -> dict[str, str]:
        # RFC 9110 15.5.6: it must be there.
        return {"Allow": self.allowed}


class NotAcceptable(FhirError):
    """Only JSON of FHIR 4.0 is to be had (R4 http 3.1.0.1.11)."""

    status, code, text = 406, "not-supported", "Only application/fhir+json of FHIR 4.0 is served."


class Conflict(FhirError):
    """The state of the record does not allow this."""

    status, code, text = 409, "conflict", "The resource was changed meanwhile."


class VersionMismatch(FhirError):
    """`If-Match` names another version than the current one (FHIR R4 http 3.1.0.5)."""

    status, code, text = 412, "conflict", "The resource has another version than If-Match names."


class MultipleMatches(FhirError):
    """A conditional interaction matches more than one resource."""

    status, code, text = 412, "multiple-matches", "More than one resource matches."


class NoMatch(FhirError):
    """A conditional reference matches nothing that the caller may see."""

    status, code, text = 412, "not-found", "A conditional reference matches nothing."


class TooLarge(FhirError):
    """The body is over the limit."""

    status, code, text = 413, "too-long", "The body is larger than this server accepts."


class UnsupportedMedia(FhirError):
    """Anything but JSON; there is no XML parser here."""

    status, code, text = 415, "not-supported", "Only application/fhir+json of FHIR 4.0 is accepted."


class Unprocessable(FhirError):
    """Well formed, but against a rule of this record."""

    status, code, text = 422, "business-rule", "The resource does not belong to this record."


class Throttled(FhirError):
    """Too many requests."""

    status, code, text = 429, "throttled", "Too many requests."

    def headers(self) -> dict[str, str]:
        return {"Retry-After": "1"}


class Unavailable(FhirError):
    """A part this answer depends on does not work now; nothing was disclosed."""

    status, code, text = 503, "transient", "The server cannot answer now."

    def headers(self) -> dict[str, str]:
        return {"Retry-After": "5"}


def answer(body: bytes, status: int, headers: dict[str, str] | None = None) -> Response:
    """A FHIR JSON response."""
    response = Response(body, status=status, content_type=FHIR_JSON)
    response.headers.update(headers or {})
    return response


def outcome_answer(error: FhirError) -> Response:
    """The response of `error`."""
    body = json.dumps(error.outcome(), ensure_ascii=False, separators=(",", ":")).encode()
    return answer(body, error.status, error.headers())


def register(app: Flask) -> None:
    """Answer every error of `app` as an OperationOutcome."""
    app.register_error_handler(FhirError, outcome_answer)
    app.register_error_handler(StrictJsonError, _malformed)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _unexpected)


def _malformed(error: StrictJsonError) -> Response:
    return outcome_answer(Invalid(f"The body is not acceptable JSON: {error}."))


def _http(error: HTTPException) -> Response:
    known: dict[int, type[FhirError]] = {
        400: Invalid, 401: LoginNeeded, 403: Forbidden, 404: NotFound, 413: TooLarge,
        415: UnsupportedMedia, 429: Throttled, 503: Unavailable,
    }  # fmt: skip
    if isinstance(error, WrongMethod):
        return outcome_answer(MethodNotAllowed(error.valid_methods or ()))
    if isinstance(error, InternalServerError) and error.original_exception is not None:
        # Something failed after the endpoint had answered: the commit, most likely.
        return _unexpected(error.original_exception)
    made = known.get(error.code or 500, FhirError)()
    made.status = error.code or 500
    return outcome_answer(made)


def _unexpected(error: BaseException) -> Response:
    if is_outage(error):
        _log.error("the database does not serve this now: %s", words_of(error))
        return outcome_answer(Unavailable())
    correlation = uuid.uuid4().hex[:12]
    _log.error("unexpected error %s", correlation, exc_info=error)
    return outcome_answer(FhirError(f"Unexpected error, see {correlation} in the log."))
