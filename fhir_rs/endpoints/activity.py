"""$activity: who looked at a record, read by its owner from the audit chain.

    GET /fhir/r/{record}/$activity?_count=50

Reading it is itself an entry of the chain.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue

from fhir_rs.audit.history import Entered, page
from fhir_rs.audit.plain_words import in_plain_words
from fhir_rs.context import current_rs
from fhir_rs.db import reading
from fhir_rs.enforcement.result_parameters import count_of
from fhir_rs.enforcement.search_values import QueryError
from fhir_rs.errors import Invalid

bp = Blueprint("activity", __name__)
PAGE = 50
MOST = 200
ACTORS = frozenset({"person", "system", "owner"})


def read(record: str) -> ResponseReturnValue:
    """Entries newest first, each with its number in the chain as `id`; `actor` narrows them,
    `cursor` goes on where a page ended."""
    access = current_rs.authorize_owner(record)
    count, cursor, actor = _parameters()
    with reading(current_rs.engine) as connection:
        rows = page(connection, record, count + 1, before=cursor, actor=actor)
    entries = [
        {"id": str(row.seq), **in_plain_words(json.loads(row.event), row.actor, row.outcome)}
        for row in rows
    ]
    access.disclose((), "activity")
    return jsonify(entries=entries[:count], next=_next(record, rows, count, actor))


def _next(record: str, rows: Sequence[Entered], count: int, actor: str | None) -> str | None:
    if len(rows) <= count:
        return None
    narrowed = f"&actor={actor}" if actor else ""
    base = current_rs.settings.record_base(record)
    return f"{base}/$activity?_count={count}&cursor={rows[count - 1].seq}{narrowed}"


def _parameters() -> tuple[int, int | None, str | None]:
    try:
        count = count_of(request.args.get("_count", str(PAGE)), MOST)
    except QueryError as error:
        raise Invalid(f"_count: {error}.") from error
    actor = request.args.get("actor")
    if actor is not None and actor not in ACTORS:
        raise Invalid("actor must be person, system or owner.")
    return max(count, 1), _number("cursor"), actor


def _number(name: str) -> int | None:
    text = request.args.get(name)
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= 18):
        raise Invalid(f"{name} must be a whole number.")
    return int(text)
