"""history-instance: the versions of a resource that the caller may see (FHIR R4 http 3.1.0.11).

GET /fhir/r/{record}/{type}/{id}/_history?_count=20&_since=2026-01-01
"""

from __future__ import annotations

from functools import partial
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from sqlalchemy import Row

from fhir_rs.answers.bundles import compact, disclosed
from fhir_rs.answers.headers import entity_tag
from fhir_rs.context import current_rs
from fhir_rs.db import snapshot
from fhir_rs.enforcement.dating import fine_span_of
from fhir_rs.enforcement.description import instant
from fhir_rs.enforcement.required import for_instance
from fhir_rs.enforcement.resource_types import RESOURCE_TYPES
from fhir_rs.enforcement.result_parameters import count_of
from fhir_rs.enforcement.search_values import QueryError
from fhir_rs.errors import Invalid, NotFound, NotSupported, answer
from fhir_rs.models.shown_resource import Shown, as_shown
from fhir_rs.models.versions import versions

bp = Blueprint("history", __name__)
MOST = 100
_ASKED = frozenset({"_count", "_since", "_cursor", "_format", "_pretty"})


def history(record: str, type_: str, id_: str) -> ResponseReturnValue:
    """Newest first, page by page; `total` counts what is visible."""
    if type_ not in RESOURCE_TYPES:
        raise NotFound
    count, since = _parameters()
    access = current_rs.authorize(record, for_instance("history-instance", type_))
    base = access.base
    address = _address(f"{base}/{type_}/{id_}/_history")
    below = _below(f"{address}\n{access.writer}")
    with snapshot(current_rs.engine) as connection:
        every = versions(connection, access.scope, f"{type_}/{id_}")
        fitting = [row for row in every if row.updated >= since]
        left = [row for row in fitting if below is None or row.version < below]
        rows = left[:count]
        shown = as_shown(connection, access.scope, rows, access.bases)
    if not every:
        access.disclose((), "history-instance")
        raise NotFound
    counted = {every[0].kind: len(fitting)} if count == 0 else None
    access.disclose(disclosed(rows), "history-instance", total=len(fitting), counted=counted)
    links = [{"relation": "self", "url": address}]
    if rows and len(left) > len(rows):
        cursor = current_rs.cursors.seal(([], rows[-1].version), f"{address}\n{access.writer}")
        links.append({"relation": "next", "url": _address(address, cursor)})
    head = {"resourceType": "Bundle", "type": "history", "total": len(fitting), "link": links}
    if not rows:
        return answer(compact(head), 200)
    entries = b",".join(map(partial(_entry, base), rows, shown))
    return answer(compact(head)[:-1] + b',"entry":[' + entries + b"]}", 200)


def _parameters() -> tuple[int, int]:
    """The size of a page, and the moment (microseconds since 1970) since which versions count."""
    unknown = sorted(set(request.args) - _ASKED)
    if unknown:
        raise NotSupported(f"unknown or unsupported history parameter {unknown[0][:60]!r}.")
    since = request.args.get("_since")
    try:
        count = count_of(request.args.get("_count", str(MOST)), MOST)
        return count, 0 if since is None else fine_span_of(since.replace(" ", "+")).low
    except QueryError as error:
        raise Invalid(f"_count: {error}.") from error
    except (ValueError, OverflowError) as error:
        raise Invalid("_since must be a date or an instant.") from error


def _address(url: str, cursor: str | None = None) -> str:
    """The address of this request, or of a later page of it."""
    if cursor is not None:
        return f"{url}{'&' if '?' in url else '?'}{urlencode({'_cursor': cursor})}"
    pairs = [(name, request.args[name]) for name in ("_count", "_since") if name in request.args]
    return f"{url}?{urlencode(pairs)}" if pairs else url


def _below(bound_to: str) -> int | None:
    cursor = request.args.get("_cursor")
    return None if cursor is None else current_rs.cursors.open(cursor, bound_to)[1]


def _entry(base: str, row: Row[Any], shown: Shown) -> bytes:
    created = row.version == 1
    about = {
        "request": {
            "method": "POST" if created else "PUT",
            "url": row.type if created else row.address,
        },
        "response": {
            "status": "201" if created else "200",
            "etag": entity_tag(row.version, shown.cut),
            "lastModified": instant(row.updated),
        },
    }
    head = compact({"fullUrl": f"{base}/{row.address}"})
    return head[:-1] + b',"resource":' + shown.body + b"," + compact(about)[1:]
