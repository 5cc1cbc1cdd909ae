"""Whoever owns the database changes the audit: the check tells, and where it can, the next entry.

Nine entries of two records: A has 1 to 6, B 1 to 3; a checkpoint covers A up to 4 and B up to 2.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, delete, insert, select, update
from sqlmodel import col

from fhir_rs.audit.chain import FIRST, Head, Row, link_hash
from fhir_rs.audit.log import AuditLog
from fhir_rs.audit.refused import AuditUnavailable
from fhir_rs.db import reading, writing
from fhir_rs.models.audit import Audit, AuditAgents, AuditCheckpoint, AuditHead
from fhir_rs.verification.audit import verify
from heart_uma.jose import KeySet
from tests.conftest import Clock
from tests.fhir_rs.audit.drafts import KEYS, A, B, bad, draft
from tests.fhir_rs.fake_as import BASE

ROWS: Any = Audit.__table__  # type: ignore[attr-defined]
HEADS: Any = AuditHead.__table__  # type: ignore[attr-defined]
CHECKPOINTS: Any = AuditCheckpoint.__table__  # type: ignore[attr-defined]
ALL = (ROWS, HEADS, CHECKPOINTS, AuditAgents.__table__)  # type: ignore[attr-defined]
Tamper = Callable[[Connection], Any]


@pytest.fixture
def filled(log: AuditLog, clock: Clock) -> AuditLog:
    log.append(draft(0))
    for number, record in enumerate((A, B, A, B, A)):
        clock.advance(seconds=61 if number == 4 else 0)
        log.append(draft(number, record=record))
    for number, record in enumerate((A, B, A)):
        log.append(draft(number, record=record))
    return log


def entry(seq: int, record: str = A) -> tuple[Any, Any]:
    return (ROWS.c.record == record, ROWS.c.seq == seq)


def change(**values: Any) -> Tamper:
    return lambda c: c.execute(update(ROWS).where(*entry(3)).values(**values))


def remove(seq: int, record: str = A) -> Tamper:
    return lambda c: c.execute(delete(ROWS).where(*entry(seq, record)))


def set_head(connection: Connection, record: str, head: Head, **more: int) -> None:
    connection.execute(
        update(HEADS).where(HEADS.c.record == record).values(**head._asdict(), **more)
    )


def cut(seq: int, **more: int) -> Tamper:
    """The end behind `seq`, with the head put back to what it was then."""

    def tamper(connection: Connection) -> None:
        connection.execute(delete(ROWS).where(ROWS.c.record == A, ROWS.c.seq > seq))
        last = connection.scalar(select(ROWS.c.hash).where(*entry(seq)))
        set_head(connection, A, Head(seq, last), **more)

    return tamper


def swap(connection: Connection) -> None:
    """Two entries change places, with all that is in them."""
    connection.execute(update(ROWS).where(*entry(2)).values(seq=99))
    connection.execute(update(ROWS).where(*entry(3)).values(seq=2))
    connection.execute(update(ROWS).where(*entry(99)).values(seq=3))


def move(connection: Connection) -> None:
    """The last entry of A becomes the last of B."""
    connection.execute(update(ROWS).where(*entry(6)).values(record=B, seq=4))
    last = connection.execute(select(ROWS.c.hash).where(*entry(4, B))).scalar_one()
    set_head(connection, B, Head(4, last))
    before = connection.execute(select(ROWS.c.hash).where(*entry(5))).scalar_one()
    set_head(connection, A, Head(5, before))


def drop_chain(connection: Connection) -> None:
    for table in (Audit, AuditAgents, AuditHead):
        connection.execute(delete(table).where(col(table.record) == B))


def rehash(connection: Connection, first: int) -> None:
    """The rest of the chain is computed anew, but nobody can sign it."""
    rows = [Row(*row) for row in connection.execute(
        select(*(ROWS.c[name] for name in Row._fields)).where(ROWS.c.record == A).order_by("seq")
    )]  # fmt: skip
    before = FIRST.hash
    for row in rows:
        new = row._replace(actor="owner") if row.seq == first else row
        before = link_hash(before, new)
        values = {"actor": new.actor, "hash": before}
        connection.execute(update(ROWS).where(*entry(row.seq)).values(**values))
    set_head(connection, A, Head(6, before))


def renumber(connection: Connection) -> None:
    """The first checkpoint goes, the others take its place."""
    connection.execute(delete(CHECKPOINTS).where(CHECKPOINTS.c.number == 1))
    connection.execute(update(CHECKPOINTS).values(number=1))


def reassign(connection: Connection) -> None:
    """The newest checkpoint says less than was signed."""
    connection.execute(update(CHECKPOINTS).where(CHECKPOINTS.c.number == 2).values(ends="[]"))


def unsign(connection: Connection) -> None:
    """All checkpoints go."""
    connection.execute(delete(CHECKPOINTS))


CHECKED: list[tuple[str, Tamper, tuple[str, int]]] = [
    ("what was changed", change(what="[]"), (A, 3)),
    ("who was changed", change(actor="owner"), (A, 3)),
    ("outcome was changed", change(outcome="nothing"), (A, 3)),
    ("time was changed", change(at=1), (A, 3)),
    ("agents were changed", change(agents=b"x"), (A, 3)),
    ("hash was changed", change(hash=bytes(32)), (A, 3)),
    ("removed from the middle", remove(3), (A, 3)),
    ("cut at the end", remove(6), (A, 6)),
    ("end cut, head put back", cut(3), (A, 4)),
    ("end cut, head and its mark put back", cut(3, signed=3), (A, 4)),
    ("two swapped", swap, (A, 2)),
    ("moved to another record", move, (B, 4)),
    ("put in behind the end", lambda c: c.execute(update(ROWS).where(*entry(6)).values(seq=7)),
     (A, 6)),
    ("a whole chain dropped", drop_chain, (B, 2)),
    ("rehashed from what was signed", lambda c: rehash(c, 2), (A, 4)),
    ("head changed", lambda c: set_head(c, A, Head(6, bytes(32))), (A, 6)),
    ("head removed", lambda c: c.execute(delete(HEADS).where(HEADS.c.record == A)), (A, 6)),
    ("said to be signed", lambda c: c.execute(update(HEADS).values(signed=6)), (A, 5)),
    ("agents removed", lambda c: c.execute(delete(AuditAgents)), (A, 1)),
    ("agents renamed", lambda c: c.execute(update(AuditAgents).values(said="[]")), (A, 1)),
    ("a checkpoint dropped", lambda c: c.execute(delete(CHECKPOINTS).where(
        CHECKPOINTS.c.number == 1)), ("checkpoints", 1)),
    ("a checkpoint dropped, numbers closed", renumber, ("checkpoints", 1)),
    ("the newest checkpoint dropped", lambda c: c.execute(delete(CHECKPOINTS).where(
        CHECKPOINTS.c.number == 2)), (A, 2)),
    ("a checkpoint changed", reassign, ("checkpoints", 2)),
    ("a checkpoint forged", lambda c: c.execute(update(CHECKPOINTS).values(signed="x.y.z")),
     ("checkpoints", 1)),
    ("all checkpoints dropped", unsign, (A, 1)),
]  # fmt: skip


@pytest.mark.attack("F-12")
@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize(
    ("tamper", "where"), [each[1:] for each in CHECKED], ids=[each[0] for each in CHECKED]
)
def test_every_change_is_found(
    engine: Engine, clock: Clock, tamper: Tamper, where: tuple[str, int]
) -> None:
    assert bad(engine, clock()) == []
    with writing(engine) as connection:
        tamper(connection)
    assert where in bad(engine, clock())


NOTICED: list[tuple[str, Tamper]] = [
    ("cut at the end", remove(6)),
    ("end cut, head put back", cut(5)),
    ("end cut before what was signed", cut(3)),
    ("last entry changed", lambda c: c.execute(
        update(ROWS).where(*entry(6)).values(outcome="nothing"))),
    ("last entry hashed anew", lambda c: rehash(c, 6)),
    ("head changed", lambda c: set_head(c, A, Head(6, bytes(32)))),
    ("head removed", lambda c: c.execute(delete(HEADS))),
    ("the chain dropped", lambda c: (c.execute(delete(ROWS)), c.execute(delete(HEADS)))),
]  # fmt: skip
ALIVE = {"end cut, head put back", "the chain dropped", "last entry hashed anew"}
"""What only a server notices that wrote the entries itself."""


SEEN = [
    pytest.param(tamper, restarted, id=f"{name}, {'restarted' if restarted else 'alive'}")
    for name, tamper in NOTICED
    for restarted in (False, True)
    if not (restarted and name in ALIVE)
]


@pytest.mark.attack("F-12")
@pytest.mark.parametrize(("tamper", "restarted"), SEEN)
def test_a_chain_that_lost_its_end_is_not_written_on(
    filled: AuditLog, engine: Engine, clock: Clock, tamper: Tamper, restarted: bool
) -> None:
    with writing(engine) as connection:
        tamper(connection)
    log = AuditLog(engine, KEYS, BASE, clock) if restarted else filled
    with pytest.raises(AuditUnavailable):
        log.append(draft())
    assert not log.whole
    log.append(draft(record="another-record-9876543"))


@pytest.mark.parametrize("put_back", [False, True])
def test_a_database_that_was_put_back_is_written_on_where_that_is_meant(
    engine: Engine, clock: Clock, put_back: bool
) -> None:
    """The reset of a demo, under a service that runs on."""
    log = AuditLog(engine, KEYS, BASE, clock, put_back=put_back)
    log.append(draft())
    with reading(engine) as connection:
        kept = {table: connection.execute(select(table)).mappings().all() for table in ALL}
    log.append(draft())
    with writing(engine) as connection:
        for table, rows in kept.items():
            connection.execute(delete(table))
            for row in rows:
                connection.execute(insert(table).values(**row))
    if not put_back:
        with pytest.raises(AuditUnavailable):
            log.append(draft())
        return
    log.append(draft())
    assert log.whole and verify(engine, KEYS, BASE, clock()) == []


@pytest.mark.attack("F-12")
def test_what_is_wrong_is_said_in_plain_words(
    filled: AuditLog, engine: Engine, clock: Clock
) -> None:
    with writing(engine) as connection:
        connection.execute(delete(ROWS).where(ROWS.c.record == A, ROWS.c.seq.in_((2, 3))))
        remove(3, B)(connection)
    assert [str(each) for each in verify(engine, KEYS, BASE, clock())] == [
        f"record {A}: entries 2 to 3 are missing",
        f"record {B}: entry 3 is cut off at the end",
    ]


@pytest.mark.attack("F-12")
@pytest.mark.usefixtures("filled")
def test_a_checkpoint_that_was_dropped_is_said_to_be_missing(engine: Engine, clock: Clock) -> None:
    with writing(engine) as connection:
        connection.execute(delete(CHECKPOINTS).where(CHECKPOINTS.c.number == 1))
    found = verify(engine, KEYS, BASE, clock())
    assert [str(each) for each in found] == ["checkpoints: checkpoint 1 is missing"]


@pytest.mark.attack("F-12")
def test_the_hash_of_an_entry_covers_all_of_it_and_the_one_before() -> None:
    row, hashes = Row(A, 3, 1_000, "person", "shown", b"agents", "[]"), set()
    for name in Row._fields[:-1]:
        value = getattr(row, name)
        other = value + (1 if isinstance(value, int) else value[:1])
        hashes.add(link_hash(FIRST.hash, row._replace(**{name: other})))
    hashes |= {link_hash(FIRST.hash, row), link_hash(b"x" * 32, row)}
    assert len(hashes) == len(Row._fields) + 1


def test_a_checkpoint_of_another_key_is_found(log: AuditLog, engine: Engine, clock: Clock) -> None:
    log.append(draft())
    found = verify(engine, KeySet.generate("ES256"), BASE, clock())
    assert [str(each) for each in found] == [
        "checkpoints: checkpoint 1 is not signed by this server"
    ]
