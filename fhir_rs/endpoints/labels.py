"""$labels: the owner says that a topic of a resource is missing or wrong.

    POST /fhir/r/{record}/$labels   {"id": "Condition/abc", "topic": "PSY", "wanted": "remove",
                                     "reason": "This was another patient"}
    GET  /fhir/r/{record}/$labels

A topic that is missing counts at once: she can raise what is private, as any client can. That one
should go is a report that the clinic reads and answers (`heart-uma labels`).
"""

from __future__ import annotations

from typing import NamedTuple

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection

from fhir_rs.answers.label_reports import report_of
from fhir_rs.context import current_rs
from fhir_rs.db import reading, writing
from fhir_rs.enforcement.grant import Disclosed
from fhir_rs.enforcement.references import is_address
from fhir_rs.errors import Conflict, Invalid, NotFound
from fhir_rs.models import label_report, relabeling, storing
from fhir_rs.models.record import lock
from fhir_rs.writes.body import json_request
from heart_ground import moments
from heart_uma.kinds import DIRECTORY_TYPES
from heart_uma.topics import TOPIC_BY_CODE

bp = Blueprint("labels", __name__)
LONGEST_REASON, MOST_OPEN = 500, 100


class Reported(NamedTuple):
    """What she says of which resource."""

    address: str
    topic: str
    wanted: str
    reason: str


def reports(record: str) -> ResponseReturnValue:
    """What she reported of this record, and what was answered."""
    access = current_rs.authorize_owner(record)
    with reading(current_rs.engine) as connection:
        found = label_report.of_record(connection, record)
    access.disclose((), "labels")
    return jsonify(reports=[report_of(row) for row in found])


def report(record: str) -> ResponseReturnValue:
    """Add the topic, or keep the report; one that waits already is answered as it is."""
    access = current_rs.authorize_owner(record)
    said, at = _said(), moments.microseconds(current_rs.clock())
    with writing(current_rs.engine) as connection:
        lock(connection, record)
        row = storing.find(connection, record, said.address)
        if row is None:
            raise NotFound
        number = _keep(connection, record, row, said, at)
        kept = label_report.of_record(connection, record, said.address)
        type_, _slash, id_ = said.address.partition("/")
        entry = Disclosed(type_, id_, row.kind)
        access.disclose((entry,), f"label-{said.wanted}", within=connection)
    return jsonify(report_of(next(one for one in kept if one.number == number)))


def _keep(connection: Connection, record: str, row: storing.Stored, said: Reported, at: int) -> int:
    has_it = bool(row.labels >> TOPIC_BY_CODE[said.topic].bit & 1)
    told = {"address": said.address, "topic": said.topic, "wanted": said.wanted}
    if said.wanted == label_report.ADD:
        if has_it:
            raise Conflict("It has that topic already.")
        label_report.no_longer_off(connection, record, said.address, said.topic)
        relabeling.raise_topic(connection, record, row.pk, said.topic)
        return label_report.add(
            connection, record, **told, reason=said.reason, state=label_report.DONE, at=at
        )
    if not has_it:
        raise Conflict("It does not have that topic.")
    waiting = label_report.waiting(connection, record, said.address, said.topic)
    if waiting is not None:
        return int(waiting.number)
    if label_report.how_many_wait(connection, record) >= MOST_OPEN:
        raise Conflict("Too many reports wait for an answer.")
    return label_report.add(
        connection, record, **told, reason=said.reason, state=label_report.OPEN, at=at
    )


def _said() -> Reported:
    body = json_request(request, current_rs.settings.max_body_bytes)
    asked = body if isinstance(body, dict) else {}
    said = Reported(*(asked.get(name, "") for name in ("id", "topic", "wanted", "reason")))
    if not all(isinstance(each, str) for each in said):
        raise Invalid("id, topic, wanted and reason are texts.")
    if not is_address(said.address) or said.address.partition("/")[0] in DIRECTORY_TYPES:
        raise Invalid("An id is like Condition/abc; people and places have no topics of hers.")
    if said.wanted not in (label_report.ADD, label_report.REMOVE):
        raise Invalid("wanted is add or remove.")
    topic = TOPIC_BY_CODE.get(said.topic)
    if topic is None or (said.wanted == label_report.ADD and not topic.covers):
        raise Invalid("There is no such topic.")
    if len(said.reason) > LONGEST_REASON:
        raise Invalid(f"reason is at most {LONGEST_REASON} characters.")
    return said
