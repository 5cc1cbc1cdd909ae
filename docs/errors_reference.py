"""`docs/reference/error-codes.md`: every code on the wire, from the error classes themselves."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TypeVar

import as_server.errors as as_errors
import fhir_rs.errors as rs_errors
from as_server.grants import outcomes
from docs.tables import WRITTEN, code, first_sentence, table

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs/reference/error-codes.md"
EVENTS = ROOT / "fhir_rs/endpoints/events.py"
Root = TypeVar("Root")
# What a class without a docstring is for: the code says it in its own specification.
_DEFINED = {
    "invalid_request": "RFC 6749 5.2: a parameter is missing, twice there, or of the wrong form.",
    "invalid_grant": "RFC 6749 5.2: the code, ticket or refresh token is not valid (any more).",
    "invalid_scope": "RFC 6749 5.2, Grant 3.3.6, FedAuthz 4.3: the scope is not on offer.",
    "unauthorized_client": "RFC 6749 5.2: the client is not registered for this grant.",
    "unsupported_grant_type": "RFC 6749 5.2.",
    "unsupported_response_type": "RFC 6749 4.1.2.1: only `code` is served.",
    "access_denied": "RFC 6749 4.1.2.1: the person said no.",
    "request_not_supported": "OIDC Core 6: request objects are not taken.",
    "request_uri_not_supported": "OIDC Core 6: request objects are not taken.",
    "account_selection_required": "OIDC Core 3.1.2.6: `prompt=none`, and a choice is needed.",
    "consent_required": "OIDC Core 3.1.2.6: `prompt=none`, and consent is needed.",
    "invalid_client_metadata": "RFC 7591 3.2.2.",
    "invalid_redirect_uri": "RFC 7591 3.2.2.",
    "invalid_software_statement": "RFC 7591 3.2.2: the statement cannot be read.",
    "unapproved_software_statement": "RFC 7591 3.2.2: nobody who signs statements is trusted.",
    "request_denied": "Grant 3.3.6: no rule of the owner's allows this; nothing more is told.",
    "invalid_resource_id": "FedAuthz 4.3: the resource is not registered by this server.",
    "unsupported_method_type": "FedAuthz 3.2 and 6.",
    "version_conflict": "Policy API: the policy was changed meanwhile; it has `version`.",
    "already_answered": "Policy API: the request has its answer, which comes along.",
    "too_many_requests": "RFC 6585 4: wait for `Retry-After` seconds.",
    "invalid_token": "RFC 6750 3.1: unknown, expired or revoked.",
    "insufficient_scope": "RFC 6750 3.1: the token lacks the scope that this endpoint needs.",
}
_INTRO = """
An error says what is wrong and never repeats what was sent. `error_description` and `diagnostics`
are for developers: fixed sentences, in ASCII, without personal data. Texts may change, codes do
not.

## Authorization server

JSON: `{"error": "...", "error_description": "..."}`. The classes are in
[as_server/errors.py](../../as_server/errors.py);
[error_answers.py](../../as_server/error_answers.py) turns them into HTTP. The last
three are normal outcomes of an UMA request and no faults: `need_info`, `request_submitted` and
`request_denied` ([outcomes.py](../../as_server/grants/outcomes.py)).
"""
_MEMBERS = """
More members: `need_info` has `ticket` and `required_claims`; `request_submitted` has `ticket` and
`interval`; `version_conflict` has `version`; `already_answered` has `request`. A 401 has a
`WWW-Authenticate` header, and so has `insufficient_scope`. An unexpected fault is `server_error`
(500) with a support code that stands in the log.
"""
_FHIR = """
## Resource server

A FHIR OperationOutcome with one issue; `issue.code` is an HL7 issue type. The classes are in
[fhir_rs/errors.py](../../fhir_rs/errors.py). An unexpected fault is 500 `exception` with a code
that stands in the log.
"""
_CHALLENGE = """
`AuthorizationNeeded` is the UMA challenge (Grant 3.2.1). Its header is
`WWW-Authenticate: UMA realm="...", as_uri="...", ticket="..."`, and an extension of the
OperationOutcome repeats `as_uri` and `ticket` for clients that drop headers.
`AuthorizationServerUnreachable` has the `Warning` header of Grant 3.2.2. A search answers 200 and
may hold an OperationOutcome with `information` and `suppressed`: that is no error, it says that the
patient can hold records back.

## Resource server, events

`POST /events` answers 400 with `{"err": "...", "description": "..."}` (RFC 8935 2.4).
"""


def page() -> str:
    """The page as Markdown."""
    parts = ["# Error codes", "", WRITTEN, _INTRO.rstrip(), ""]
    parts += table(("code", "status", "when", "class"), _as_rows())
    parts += [_MEMBERS.rstrip(), _FHIR.rstrip(), ""]
    parts += table(("class", "status", "issue code", "when"), _rs_rows())
    parts += [_CHALLENGE.rstrip(), ""]
    parts += table(("err", "when"), _event_rows())
    return "\n".join(parts) + "\n"


def _as_rows() -> Iterator[tuple[str, str, str, str]]:
    for cls in _classes(as_errors, as_errors.WireError):
        when = first_sentence(cls.__doc__) or _DEFINED.get(cls.error)
        if not when:
            raise ValueError(f"{cls.__name__}: {cls.error} says nothing about itself")
        yield code(cls.error), str(cls.status_code), when, code(cls.__name__)
    for outcome in (outcomes.NeedInfo, outcomes.RequestSubmitted, outcomes.RequestDenied):
        when = first_sentence(outcome.__doc__)
        yield code(outcome.error), "403", when, code(outcome.__name__)


def _rs_rows() -> Iterator[tuple[str, str, str, str]]:
    for cls in _classes(rs_errors, rs_errors.FhirError):
        yield code(cls.__name__), str(cls.status), code(cls.code), first_sentence(cls.__doc__)


def _classes(module: object, root: type[Root]) -> Iterable[type[Root]]:
    """The classes below `root` that `module` defines, as written."""
    return [
        value
        for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, root) and value is not root
    ]


def _event_rows() -> Iterator[tuple[str, str]]:
    """Every `_Refused(err, description)` that the endpoint raises."""
    for node in ast.walk(ast.parse(EVENTS.read_text("utf-8"))):
        match node:
            case ast.Call(
                func=ast.Name(id="_Refused"),
                args=[ast.Constant(value=str(err)), ast.Constant(value=str(description))],
            ):
                yield code(err), f"{description}."


def pages() -> dict[Path, str]:
    return {PAGE: page()}
