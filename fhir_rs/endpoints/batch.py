"""batch and transaction: several interactions in one request (FHIR R4 http 3.1.0.11).

    POST /fhir/r/{record}        {"resourceType": "Bundle", "type": "batch", "entry": [...]}

Every entry goes through the same door as a single request: it is authorised, looked up, audited
and answered by itself (FH-35, FH-37). A transaction is all or nothing.
"""

from __future__ import annotations

import io
import json
import re
import time
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, Response, current_app, request
from flask.typing import ResponseReturnValue

from fhir_rs import transactions, writing
from fhir_rs.bundles import compact
from fhir_rs.context import current_rs
from fhir_rs.enforcement.splicing import elements, members
from fhir_rs.errors import Invalid, NotSupported, Throttled, TooLarge, answer, outcome_answer
from heart_uma.strict_json import loads

bp = Blueprint("batch", __name__)
MAX_ENTRIES = 100
BUDGET_SECONDS = 5.0
"""Entries whose turn comes later than this are answered 429 (DOS-11)."""
_METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE", "PATCH")
_RELATIVE = re.compile(r"[A-Za-z$_][A-Za-z0-9$_.\-/]*(?:\?[^#\s]*)?", re.ASCII)
_PASSED_ON = ("HTTP_AUTHORIZATION", "HTTP_CATEGORY", "HTTP_X_REQUEST_ID", "REMOTE_ADDR")
_CONDITIONS = {
    "ifMatch": "HTTP_IF_MATCH",
    "ifNoneMatch": "HTTP_IF_NONE_MATCH",
    "ifNoneExist": "HTTP_IF_NONE_EXIST",
}


@bp.post("")
@bp.post("/")
def batch(record: str) -> ResponseReturnValue:
    """A batch-response or transaction-response, entries in the order of the request."""
    body = writing.json_body()
    bundle = loads(body, max_bytes=len(body))
    kind = bundle.get("type") if isinstance(bundle, dict) else None
    if kind not in ("batch", "transaction") or bundle.get("resourceType") != "Bundle":
        raise Invalid("A Bundle of type batch or transaction belongs here.")
    entries = bundle.get("entry", [])
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise Invalid("Bundle.entry must be a list of entries.")
    if len(entries) > MAX_ENTRIES:
        raise TooLarge(f"A Bundle holds at most {MAX_ENTRIES} entries here.")
    texts = _texts(body.decode("utf-8"), len(entries))
    calls = [_call(entry, text) for entry, text in zip(entries, texts, strict=True)]
    if kind == "batch":
        until = time.monotonic() + BUDGET_SECONDS
        answers = [_in_time(record, call, until) for call in calls]
    else:
        answers = transactions.run(record, calls, lambda call: _dispatch(record, call))
    head = compact({"resourceType": "Bundle", "type": f"{kind}-response"})
    joined = b",".join(map(_entry, answers))
    return answer(head[:-1] + b',"entry":[' + joined + b"]}", 200)


def _texts(text: str, count: int) -> list[str]:
    """The text of each entry's resource, byte for byte; "" where there is none."""
    found = [""] * count
    for member in members(text):
        if member.name == "entry":
            for place, (start, _) in enumerate(elements(text, member.value_start)):
                for part in members(text, start):
                    if part.name == "resource":
                        found[place] = text[part.value_start : part.end]
    return found


def _call(entry: dict[str, Any], text: str) -> transactions.Call:
    asked = entry.get("request")
    if not isinstance(asked, dict):
        raise Invalid("An entry has no request.")
    method, url = asked.get("method"), asked.get("url")
    if method not in _METHODS or not isinstance(url, str) or not _RELATIVE.fullmatch(url):
        raise Invalid("An entry needs a method and an address relative to this record.")
    if ".." in url or "//" in url:
        raise Invalid("An entry's address must be relative to this record.")
    headers = {
        header: asked[name]
        for name, header in _CONDITIONS.items()
        if isinstance(asked.get(name), str)
    }
    full_url = entry.get("fullUrl")
    return transactions.Call(method, url, text, headers, str(full_url) if full_url else "")


def _in_time(record: str, call: transactions.Call, until: float) -> Response:
    return outcome_answer(Throttled()) if time.monotonic() > until else _dispatch(record, call)


def _dispatch(record: str, call: transactions.Call) -> Response:
    """Run one entry as a request of its own, with the caller's token."""
    address = urlsplit(call.url)
    base = urlsplit(current_rs.record_base(record)).path
    body = call.text.encode()
    environ = {
        "REQUEST_METHOD": call.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": f"{base}/{address.path}",
        "QUERY_STRING": address.query,
        "SERVER_NAME": request.environ["SERVER_NAME"],
        "SERVER_PORT": request.environ["SERVER_PORT"],
        "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.url_scheme": request.environ["wsgi.url_scheme"],
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": request.environ["wsgi.errors"],
        "CONTENT_TYPE": "application/fhir+json" if body else "",
        "CONTENT_LENGTH": str(len(body)),
        **{name: request.environ[name] for name in _PASSED_ON if name in request.environ},
        **call.headers,
    }
    if address.path in ("", "/"):
        raise NotSupported("A Bundle does not hold another Bundle.")
    with current_app.request_context(environ):
        return current_app.full_dispatch_request()


def _entry(response: Response) -> bytes:
    about: dict[str, Any] = {"status": response.status}
    for header, name in (("Location", "location"), ("ETag", "etag")):
        if header in response.headers:
            about[name] = response.headers[header]
    body = response.get_data()
    if response.status_code >= 400:
        about["outcome"] = json.loads(body)
        body = b""
    rendered = b'{"response":' + compact(about) + b"}"
    return rendered if not body else b'{"resource":' + body + b"," + rendered[1:]
