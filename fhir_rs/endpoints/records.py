"""$records: the owner's list of what is in her record, the newest first, with topics and levels.

    GET /fhir/r/{record}/$records?kind=conditions&q=sugar&_count=100
    GET /fhir/r/{record}/$records?id=Condition/abc&content=true

`q` finds a resource by any name under which she may know it. With `content=true` each line brings
its resource without the bytes of files, and `beside` holds what the resources name.
"""

from __future__ import annotations

from typing import Any, NamedTuple
from urllib.parse import urlencode

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection

from fhir_rs.answers import owner_lines
from fhir_rs.answers.label_reports import report_of
from fhir_rs.answers.owner_lines import NO_CONTENTS, contents_of, line_of
from fhir_rs.context import current_rs
from fhir_rs.db import snapshot
from fhir_rs.enforcement.grant import Disclosed
from fhir_rs.enforcement.looking_up import MOST_LETTERS
from fhir_rs.enforcement.references import is_address
from fhir_rs.enforcement.result_parameters import count_of
from fhir_rs.enforcement.rules import hint_words, plain_words
from fhir_rs.enforcement.search_values import QueryError
from fhir_rs.errors import Invalid
from fhir_rs.models import label_report, looking_up, owner_list, owner_view
from fhir_rs.models.owner_list import After, Page
from fhir_rs.protection.access import Access
from heart_uma.kinds import KIND_NAMES

bp = Blueprint("records", __name__)
PAGE, MOST = 100, 500


class Asked(NamedTuple):
    """What a request wants: see the top of this file."""

    kind: str | None
    words: str
    at: str | None
    content: bool
    limit: int


def records(record: str) -> ResponseReturnValue:
    """A page of resources; `total` counts all that fit the filters."""
    access = current_rs.authorize_owner(record)
    asked = _asked()
    bound_to = f"$records newest {record} {asked.kind} {asked.at} {asked.words}"
    after = _after(bound_to)
    with snapshot(current_rs.engine) as connection:
        page = _page(connection, access, asked, after)
        directory = owner_view.directory_count(connection, record)
        about = owner_lines.about(connection, record)
        told = label_report.of_record(connection, record, asked.at) if asked.at else []
        contents = NO_CONTENTS
        if asked.content:
            contents = contents_of(connection, access, page, alone=asked.at is not None)
    name, following = current_rs.settings.name, None
    if page.more:
        last = page.rows[-1]
        pairs = [*(p for p in request.args.items() if p[0] != "cursor")]
        sealed = current_rs.cursors.seal(([last.moment], last.pk), bound_to)
        following = f"{access.base}/$records?{urlencode([*pairs, ('cursor', sealed)])}"
    shown = [Disclosed(row.type, row.id, row.kind) for row in page.rows]
    access.disclose([*shown, *contents.disclosed], "records")
    return jsonify(
        record=access.base,
        name=name,
        patient=about,
        total=page.total,
        directory=directory,
        resources=[line_of(row, page, contents, name) for row in page.rows],
        **({"beside": contents.beside} if asked.content else {}),
        **({"reports": [report_of(row) for row in told]} if asked.at else {}),
        next=following,
    )


def _page(connection: Connection, access: Access, asked: Asked, after: After | None) -> Page:
    counted = owner_view.counted(connection, access.record)
    condition = owner_list.narrowed(counted, kind=asked.kind, at=asked.at)
    if not asked.words:
        return owner_list.page(connection, condition, limit=asked.limit, after=after)

    def seek(rows: Any) -> dict[int, str]:
        return looking_up.found(
            connection,
            access.record,
            rows,
            asked.words,
            bases=access.bases,
            hints=hint_words(),
            plain=plain_words(),
        )

    return owner_list.page_of_found(connection, condition, seek, limit=asked.limit, after=after)


def _asked() -> Asked:
    kind, at = request.args.get("kind"), request.args.get("id")
    words, content = request.args.get("q", ""), request.args.get("content", "false")
    if kind is not None and kind not in KIND_NAMES:
        raise Invalid("There is no such kind.")
    if len(words) > MOST_LETTERS:
        raise Invalid(f"q is at most {MOST_LETTERS} characters.")
    if at is not None and not is_address(at):
        raise Invalid("An id is like Condition/abc.")
    if content not in ("true", "false"):
        raise Invalid("content is true or false.")
    try:
        count = count_of(request.args.get("_count", str(PAGE)), MOST)
    except QueryError as error:
        raise Invalid(f"_count: {error}.") from error
    return Asked(kind, words.strip(), at, content == "true", max(count, 1))


def _after(bound_to: str) -> After | None:
    cursor = request.args.get("cursor")
    if not cursor:
        return None
    keys, row = current_rs.cursors.open(cursor, bound_to, backwards=True)
    if len(keys) != 1 or not isinstance(keys[0], int):
        raise Invalid("That page is not available; start the list again.")
    return keys[0], row
