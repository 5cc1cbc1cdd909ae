"""What the clinic answers to a report about a topic: taken off, or declined with a reason.

Both are entries of the record's audit; taking off and its entry stand or fall together.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine

from fhir_rs.audit.chain import Draft
from fhir_rs.audit.compact import compacted
from fhir_rs.audit.event import Actor, Happened, Site
from fhir_rs.audit.log import AuditLog
from fhir_rs.db import writing
from fhir_rs.models import label_report, relabeling, storing
from fhir_rs.models.record import lock
from heart_ground import moments

STAFF = Actor(kind="system", client_id="operator", client_name="The clinic's staff")


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer to the report `number` of `record`."""

    record: str
    number: int
    accepted: bool
    words: str


def give(engine: Engine, log: AuditLog, site: Site, answer: Answer, moment: datetime) -> bool:
    """Give an answer; False where no such report waits. One winner."""
    record, accepted = answer.record, answer.accepted
    with writing(engine) as connection:
        lock(connection, record)
        told = label_report.of_record(connection, record)
        report = next((row for row in told if row.number == answer.number), None)
        if report is None:
            return False
        resource = storing.find(connection, record, report.address)
        won = label_report.answered(
            connection,
            record,
            answer.number,
            state=label_report.ACCEPTED if accepted else label_report.DECLINED,
            answer=answer.words,
            at=moments.microseconds(moment),
            digest=resource.digest if accepted and resource is not None else None,
        )
        if not won:
            return False
        if accepted:
            relabeling.settle(connection, record)
        happened = Happened(
            record_base=f"{site.base}/r/{record}",
            interaction="label-accepted" if accepted else "label-declined",
            outcome="nothing",
            request=f"$labels/{answer.number}",
        )
        event = compacted(STAFF, happened, site, moment)
        log.append_in(connection, Draft(record, STAFF.kind, "nothing", event, None))
    return True
