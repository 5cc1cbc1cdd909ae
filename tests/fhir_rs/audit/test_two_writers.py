"""Several write at once, in two records, while their owner stops: each chain stays one line."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial

import pytest
from sqlalchemy import Engine, insert

from fhir_rs.audit.log import AuditLog
from fhir_rs.audit.refused import StaleProof
from fhir_rs.db import writing
from fhir_rs.models.epoch import raise_epoch
from fhir_rs.models.link import Link
from fhir_rs.models.record import lock
from tests.conftest import Clock
from tests.fhir_rs.audit.drafts import KEYS, A, B, bad, draft, numbers
from tests.fhir_rs.fake_as import BASE

TIMES = 40


def at_once(*work: Callable[[], None]) -> None:
    """All of it, each on a thread of its own; nobody may wait for ever."""
    failed: list[BaseException] = []

    def run(one: Callable[[], None]) -> None:
        try:
            one()
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=run, args=(each,), daemon=True) for each in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not any(thread.is_alive() for thread in threads), "they wait for each other"
    assert failed == []


@pytest.fixture
def linked(engine: Engine) -> None:
    rows = [
        Link(record=each, issuer="i", sub="s", client_id="c", tokens="", pat_exp=0, linked_at=0)
        for each in (A, B)
    ]
    with writing(engine) as connection:
        connection.execute(insert(Link), [row.model_dump() for row in rows])


@pytest.mark.attack("F-12")
@pytest.mark.usefixtures("linked")
def test_two_logs_and_writes_and_stops_end_in_one_line_for_each_record(
    engine: Engine, clock: Clock
) -> None:
    logs = [AuditLog(engine, KEYS, BASE, clock) for _ in range(2)]
    entered = {A: 0, B: 0}
    counting = threading.Lock()

    def count(record: str) -> None:
        with counting:
            entered[record] += 1

    def read(log: AuditLog, record: str) -> None:
        epoch = 0
        for number in range(TIMES):
            try:
                log.append(draft(number, record=record, epoch=epoch))
                count(record)
            except StaleProof:
                epoch += 1

    def write(log: AuditLog, record: str) -> None:
        for number in range(TIMES):
            with writing(engine) as connection:
                lock(connection, record)
                log.append_in(connection, draft(number, record=record))
            count(record)

    def stop() -> None:
        for epoch in range(1, 6):
            with writing(engine) as connection:
                assert raise_epoch(connection, "i", "s", epoch) == 2

    work: list[Callable[[], None]] = [stop]
    for log in logs:
        for record in (A, B, A):
            work.append(partial(read, log, record))
        work.append(partial(write, log, A))
    at_once(*work)
    assert {record: len(numbers(engine, record)) for record in (A, B)} == entered
    assert all(numbers(engine, record) == list(range(1, entered[record] + 1)) for record in (A, B))
    assert sum(entered.values()) > TIMES * 4
    assert bad(engine, clock()) == []


def test_the_first_entries_of_a_chain_may_come_at_once(engine: Engine, clock: Clock) -> None:
    logs = [AuditLog(engine, KEYS, BASE, clock) for _ in range(4)]
    for number in range(10):
        record = f"record-{number:015}"
        first = draft(record=record)
        at_once(*(partial(log.append, first) for log in logs))
        assert numbers(engine, record) == [1, 2, 3, 4]
