"""batch and transaction: several interactions in one request (FHIR R4 http 3.1.0.11).

    POST /fhir/r/{record}        {"resourceType": "Bundle", "type": "batch", "entry": [...]}

Every entry goes through the same door as a single request: it is authorised, looked up, audited
and answered by itself. A transaction is all or nothing.
"""

from __future__ import annotations

import io
import json
import re
import time
import uuid
from functools import partial
from typing import Any
from urllib.parse import quote, urlsplit

from flask import Blueprint, Response, current_app, request
from flask.typing import ResponseReturnValue

from fhir_rs.answers.bundles import compact
from fhir_rs.context import current_request, current_rs
from fhir_rs.enforcement.resource_types import RESOURCE_TYPES
from fhir_rs.enforcement.splicing import elements, members
from fhir_rs.errors import FhirError, Invalid, Throttled, TooLarge, answer, outcome_answer
from fhir_rs.writes import transaction
from fhir_rs.writes.body import json_body
from fhir_rs.writes.transaction import Call
from heart_uma.strict_json import loads

bp = Blueprint("batch", __name__)
MAX_ENTRIES = 100
BUDGET_SECONDS = 5.0
"""Entries whose turn comes later than this are answered 429."""
_METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE", "PATCH")
_PATH = re.compile(r"[A-Za-z$_][A-Za-z0-9$_.\-]*(?:/[A-Za-z0-9$_.\-]+)*/?", re.ASCII)
_PROBLEM = "fhir_rs.problem_of_entry"
_PASSED_ON = (
    "HTTP_AUTHORIZATION", "HTTP_CATEGORY", "HTTP_PREFER", "HTTP_X_REQUEST_ID", "REMOTE_ADDR",
)  # fmt: skip
_UNSAFE = re.compile(r"[^!-~]+")
_CONDITIONS = {
    "ifMatch": "HTTP_IF_MATCH",
    "ifNoneMatch": "HTTP_IF_NONE_MATCH",
    "ifNoneExist": "HTTP_IF_NONE_EXIST",
}


@bp.before_app_request
def _refuse_entry() -> None:
    """An entry whose form is wrong fails as a request of its own, its audit entry included."""
    problem = request.environ.get(_PROBLEM)
    if isinstance(problem, FhirError):
        raise problem


def batch(record: str) -> ResponseReturnValue:
    """A batch-response or transaction-response, entries in the order of the request."""
    body = json_body(request, current_rs.settings.max_body_bytes)
    bundle = loads(body, max_bytes=len(body))
    kind = bundle.get("type") if isinstance(bundle, dict) else None
    if kind not in ("batch", "transaction") or bundle.get("resourceType") != "Bundle":
        raise Invalid("A Bundle of type batch or transaction belongs here.")
    entries = bundle.get("entry", [])
    if not isinstance(entries, list):
        raise Invalid("Bundle.entry must be a list of entries.")
    if len(entries) > MAX_ENTRIES:
        raise TooLarge(f"A Bundle holds at most {MAX_ENTRIES} entries here.")
    texts = _texts(body.decode("utf-8"), entries)
    calls = [_call(entry, text) for entry, text in zip(entries, texts, strict=True)]
    if kind == "batch":
        until = time.monotonic() + BUDGET_SECONDS
        answers = [_in_time(record, call, until) for call in calls]
    else:
        answers = transaction.run(
            current_rs.guard,
            current_request(),
            record,
            calls,
            current_rs.turn,
            partial(_dispatch, record),
        )
    head = compact({"resourceType": "Bundle", "type": f"{kind}-response"})
    base, pairs = current_rs.settings.record_base(record), zip(calls, answers, strict=True)
    urls = [_full_url(base, n, *pair) for n, pair in enumerate(pairs)]
    joined = b",".join(map(_entry, calls, answers, urls))
    return answer(head[:-1] + (b',"entry":[' + joined + b"]}" if joined else b"}"), 200)


def _texts(text: str, entries: list[Any]) -> list[str]:
    """The text of each entry's resource, byte for byte; "" where there is none."""
    found = [""] * len(entries)
    for member in members(text):
        if member.name == "entry":
            for place, (start, _) in enumerate(elements(text, member.value_start)):
                for part in members(text, start) if isinstance(entries[place], dict) else ():
                    if part.name == "resource":
                        found[place] = text[part.value_start : part.end]
    return found


def _call(entry: Any, text: str) -> Call:
    """One entry, or what is wrong with its form: it fails alone (R4 http 3.1.0.11.1)."""
    try:
        return _well_formed(entry, text)
    except Invalid as problem:
        return Call("POST", "", "", problem=problem)


def _well_formed(entry: Any, text: str) -> Call:
    asked = entry.get("request") if isinstance(entry, dict) else None
    if not isinstance(asked, dict):
        raise Invalid("An entry has no request.")
    method, url = asked.get("method"), asked.get("url")
    if method not in _METHODS:
        raise Invalid("An entry's method is one of GET, HEAD, POST, PUT, DELETE and PATCH.")
    path, mark, query = url.partition("?") if isinstance(url, str) else ("", "", "")
    if not _PATH.fullmatch(path) or "#" in query or ".." in path:
        raise Invalid("An entry's address is relative to this record, such as Observation/x.")
    headers = {}
    for name, header in _CONDITIONS.items():
        if name in asked:
            if not isinstance(asked[name], str):
                # A condition that is left out would be met.
                raise Invalid(f"request.{name} must be a text.")
            headers[header] = encoded(asked[name]) if name == "ifNoneExist" else asked[name]
    full_url = entry.get("fullUrl", "")
    if not isinstance(full_url, str):
        raise Invalid("fullUrl must be a text.")
    return Call(method, f"{path}{mark}{encoded(query)}", text, headers, full_url)


def encoded(query: str) -> str:
    """A query with what an address cannot hold percent-encoded (RFC 3986 2.1)."""
    return _UNSAFE.sub(lambda match: quote(match[0]), query)


def _in_time(record: str, call: Call, until: float) -> Response:
    if time.monotonic() <= until:
        return _dispatch(record, call)
    current_rs.challenge_rate.count(record, current_request().now)
    return outcome_answer(Throttled())


def _dispatch(record: str, call: Call) -> Response:
    """Run one entry as a request of its own, with the caller's token."""
    path, _, query = call.url.partition("?")
    base = urlsplit(current_rs.settings.record_base(record)).path
    body = call.text.encode()
    environ = {
        "REQUEST_METHOD": call.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": f"{base}/{path}",
        "QUERY_STRING": query,
        "SERVER_NAME": request.environ["SERVER_NAME"],
        "SERVER_PORT": request.environ["SERVER_PORT"],
        "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.url_scheme": request.environ["wsgi.url_scheme"],
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": request.environ["wsgi.errors"],
        "CONTENT_TYPE": "application/fhir+json" if body else "",
        "CONTENT_LENGTH": str(len(body)),
        _PROBLEM: call.problem,
        **{name: request.environ[name] for name in _PASSED_ON if name in request.environ},
        **call.headers,
    }
    with current_app.request_context(environ):
        return current_app.full_dispatch_request()


def _entry(call: Call, response: Response, full_url: str) -> bytes:
    about: dict[str, Any] = {"status": response.status}
    for header, name in (("Location", "location"), ("ETag", "etag")):
        if header in response.headers:
            about[name] = response.headers[header]
    body = b"" if call.method == "HEAD" else response.get_data()
    if response.status_code >= 400 and body:
        about["outcome"] = json.loads(body)
        body = b""
    rendered = b'{"response":' + compact(about) + b"}"
    if not body:
        return rendered
    return compact({"fullUrl": full_url})[:-1] + b',"resource":' + body + b"," + rendered[1:]


def _full_url(base: str, place: int, call: Call, response: Response) -> str:
    """The address of the resource in an answer, or a name where it has none (R4 Bundle 2.36.4)."""
    location = response.headers.get("Location", "")
    if location:
        return location.partition("/_history/")[0]
    parts = call.url.partition("?")[0].rstrip("/").split("/")
    if len(parts) in (2, 4) and parts[0] in RESOURCE_TYPES and not parts[1].startswith("$"):
        return f"{base}/{parts[0]}/{parts[1]}"
    # Of what was asked, so that the same answer is the same bytes.
    return uuid.uuid5(uuid.NAMESPACE_URL, f"{place} {call.url}").urn
