"""label_report: what an owner says of the topics of a resource, and what the clinic answered.

One that is missing counts at once; that one should go is asked of the clinic. One report of a
resource and a topic waits at a time. A correction is about the content that was judged: it ends
when the resource is sent anew with other content.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Connection, Index, Row, Text, func, insert, select, text, update
from sqlmodel import Field, col

from fhir_rs.db import Table
from fhir_rs.models import record_state
from fhir_rs.models.resource import GIVEN
from fhir_rs.models.visibility import RESOURCE
from heart_uma.topics import TOPIC_BY_CODE

OPEN, DONE, ACCEPTED, DECLINED = "open", "done", "accepted", "declined"
ADD, REMOVE = "add", "remove"
_WAITING = text("state = 'open'")


class LabelReport(Table, table=True):
    """One report; `digest` is that of the content for which a topic was taken off."""

    __tablename__ = "label_report"
    __table_args__ = (
        Index(
            "label_report_open",
            "record",
            "address",
            "topic",
            unique=True,
            sqlite_where=_WAITING,
            postgresql_where=_WAITING,
        ),
    )

    record: str = Field(primary_key=True, max_length=22, foreign_key="record.id")
    number: int = Field(primary_key=True, sa_type=BigInteger, sa_column_kwargs=GIVEN)
    address: str
    topic: str = Field(max_length=16)
    wanted: str = Field(max_length=8)
    reason: str = Field(default="", sa_type=Text)
    state: str = Field(max_length=8)
    answer: str = Field(default="", sa_type=Text)
    at: int = Field(sa_type=BigInteger)
    """Microseconds since 1970."""
    answered_at: int | None = Field(default=None, sa_type=BigInteger)
    digest: str | None = Field(default=None, max_length=64)


_TABLE = Table.metadata.tables["label_report"]


def waiting(connection: Connection, record: str, address: str, topic: str) -> Row[Any] | None:
    """The report of a resource and a topic that waits for an answer."""
    c = _TABLE.c
    here = (c.record == record, c.address == address, c.topic == topic, c.state == OPEN)
    return connection.execute(select(*c).where(*here)).first()


def how_many_wait(connection: Connection, record: str) -> int:
    """How many reports of a record wait."""
    c = _TABLE.c
    found = select(func.count()).select_from(_TABLE).where(c.record == record, c.state == OPEN)
    return int(connection.execute(found).scalar_one())


def add(connection: Connection, record: str, **said: Any) -> int:
    """Keep a report; its number."""
    number = record_state.take(connection, record, 1)[0]
    connection.execute(insert(LabelReport).values(record=record, number=number, answer="", **said))
    return number


def of_record(connection: Connection, record: str, address: str | None = None) -> list[Row[Any]]:
    """The reports of a record or of one resource, the newest first."""
    c = _TABLE.c
    found = select(*c).where(c.record == record)
    found = found if address is None else found.where(c.address == address)
    return list(connection.execute(found.order_by(c.number.desc()).limit(200)).all())


def all_waiting(connection: Connection) -> list[Row[Any]]:
    """The reports of all records that wait, the oldest first: for an operator."""
    c = _TABLE.c
    found = select(*c).where(c.state == OPEN).order_by(c.at, c.record, c.number)
    return list(connection.execute(found).all())


def answered(
    connection: Connection,
    record: str,
    number: int,
    *,
    state: str,
    answer: str,
    at: int,
    digest: str | None,
) -> bool:
    """Answer a report that waits; False where none of that number does. One winner."""
    changed = connection.execute(
        update(LabelReport)
        .where(
            col(LabelReport.record) == record,
            col(LabelReport.number) == number,
            col(LabelReport.state) == OPEN,
        )
        .values(state=state, answer=answer, answered_at=at, digest=digest)
    )
    return changed.rowcount == 1


def no_longer_off(connection: Connection, record: str, address: str, topic: str) -> None:
    """What was taken off a resource may be on it again: its owner says so."""
    connection.execute(
        update(LabelReport)
        .where(
            col(LabelReport.record) == record,
            col(LabelReport.address) == address,
            col(LabelReport.topic) == topic,
        )
        .values(digest=None)
    )


def corrected(connection: Connection, record: str) -> dict[int, int]:
    """For each row that was corrected as it is now: the bits of the topics that were taken off."""
    c, r = _TABLE.c, RESOURCE.c
    same = (r.record == c.record) & (r.address == c.address) & (r.digest == c.digest)
    found = select(r.pk, c.topic).join(RESOURCE, same)
    rows = connection.execute(found.where(c.record == record, c.state == ACCEPTED))
    masks: dict[int, int] = {}
    for row in rows:
        masks[row.pk] = masks.get(row.pk, 0) | 1 << TOPIC_BY_CODE[row.topic].bit
    return masks
